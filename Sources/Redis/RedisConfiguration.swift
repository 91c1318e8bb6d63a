/// Everything about one connection to Redis except its reactor and logger.
package struct RedisConfiguration: Sendable {
    /// Where Redis is.
    package var url: RedisURL
    /// What `CLIENT LIST` calls the connection; printable ASCII without spaces.
    package var clientName = "outlook-fleet"
    /// How long a command waits for its reply unless its call says otherwise.
    package var commandTimeout: Duration = .seconds(5)
    /// How long resolving, connecting, TLS and login together may take, per address.
    package var connectTimeout: Duration = .seconds(5)
    /// How long beyond its time the oldest command may stay without a reply before the connection counts as dead.
    package var stallGrace: Duration = .seconds(5)
    /// Bound of the first wait before connecting anew; doubles per failure, full jitter.
    package var backoffBase: Duration = .milliseconds(20)
    /// Largest bound of that wait.
    package var backoffCap: Duration = .seconds(2)
    /// Commands without a reply; more fail with `overloaded`.
    package var maximumPending = 65_536
    /// Bytes encoded but not sent (a slow or stuck Redis); more fail with `overloaded`. 64 MiB.
    package var maximumBufferedBytes = 64 << 20
    /// Bytes of one reply; a longer one closes the connection. 64 MiB, an HGETALL of 60,000 events.
    package var maximumReplyBytes = 64 << 20
    /// Whether outages are logged, begin and end. Off for a second connection to the same Redis, or each line comes
    /// twice.
    package var announcesOutages = true

    /// The defaults above.
    package init(url: RedisURL) { self.url = url }
}
