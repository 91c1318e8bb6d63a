package import FleetCore
import Foundation

// The record of a connection: a line that scripts read, then the JSON that `Connection.record` writes (see
// includes/connection.lua):
//
//     primary AAMkAD... c-7f3a 300000
//     {"v":1,"tenant_id":...}

/// A connection as it rests, read when it is needed: a sync that isn't connected, or a claim of 64, needn't pay for it.
package struct StoredConnection: Sendable, Equatable {
    let bytes: [UInt8]

    /// The connection.
    ///
    /// - Throws: `unreadable` when a newer fleet wrote it, or it is damaged.
    package func decoded() throws(StoreError) -> Connection {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { throw Self.unreadable("it has one line") }
        do throws(Connection.RecordError) {
            return try Connection(record: String(decoding: bytes[(end + 1)...], as: UTF8.self))
        } catch {
            switch error {
            case .newerVersion(let version): throw Self.unreadable("a newer fleet wrote it (version \(version))")
            case .malformed(let reason): throw Self.unreadable(reason)
            }
        }
    }

    private static func unreadable(_ reason: String) -> StoreError {
        StoreError(.unreadable, "read a connection", hint: "\(reason): upgrade this worker, or connect again")
    }

    init(bytes: [UInt8]) { self.bytes = bytes }

    init(_ connection: Connection) {
        let line = [
            connection.requestedCalendar.rawValue, connection.calendar.rawValue, connection.credential.rawValue,
            String(connection.periodMilliseconds),
        ]
        bytes = Array((line.joined(separator: " ") + "\n" + connection.record()).utf8)
    }
}

extension Connection {
    /// How often the claim path makes a sync of it; 0 for never: `manual`, and a consent that is dead. With `realtime`
    /// it is the poll that bounds a webhook's silence.
    var periodMilliseconds: Int {
        guard state == .active else { return 0 }
        switch settings.frequency {
        case .manual: return 0
        case .every(let seconds): return seconds * 1000
        case .realtime: return 300_000
        }
    }
}
