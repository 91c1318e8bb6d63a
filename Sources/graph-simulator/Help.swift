import GraphSimulator

/// The long part of `--help`.
enum Help {
    static let discussion = """
        Prints one line, "graph-simulator listening on URL", once it takes requests. Graph is at URL/v1.0, the login \
        host at URL. SIGTERM and SIGINT end it.

        The registered app is \(SimulatorOptions.defaultClientID) with the secret \
        "\(SimulatorOptions.defaultClientSecret)" unless flags say otherwise.

        CONTROL REQUESTS (JSON, no sign-in, loopback only by default)

        \(ControlSummary.text)

        FAULT RULES: {"method", "path" (regular expression), "mailbox", "app", "after", "nth", "times" (default 1, 0 \
        for ever), "every", "probability", "do": {...}}. What "do" can hold: delayBefore, delayAfter (milliseconds), \
        cut (before, after, middle), hang (before, after), status with code, message, headers, retryAfter, body, \
        html, execute (carry it out all the same), redirect (URL), truncate (bytes), malformed, huge (bytes), page \
        (empty, loop, duplicate, older), nextLinkHost, dropMembers, setMembers, expireToken, syncState (a spelling), \
        control and controlAfter (control requests done before and after: a person who acts in between).

        DIALECTS: ways in which answers may differ and still be Graph's, switched on with PATCH /control/settings \
        {"dialects": [...]}: \(DialectSummary.text).
        """
}
