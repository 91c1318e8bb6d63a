import Glibc

/// What goes to standard output and standard error: data to the one, words for people to the other.
enum Output {
    /// Prints one line of data.
    static func line(_ text: String) {
        write(text + "\n", to: 1)
    }

    /// Prints a text as it is.
    static func text(_ text: String) {
        write(text, to: 1)
    }

    /// Says something to the person at the terminal.
    static func note(_ text: String) {
        write(text + "\n", to: 2)
    }

    /// Whether standard output is a terminal, where a table may be nicer than JSON.
    static var isTerminal: Bool { isatty(1) == 1 }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while let base = rest.baseAddress, !rest.isEmpty {
                let count = Glibc.write(descriptor, base, rest.count)
                if count < 0 {
                    if errno == EINTR { continue }
                    // The reader has gone (`| head`): there is nobody to work for, and nothing to complain about.
                    exit(errno == EPIPE ? ProgramStatus.done.rawValue : ProgramStatus.internal.rawValue)
                }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
        }
    }
}
