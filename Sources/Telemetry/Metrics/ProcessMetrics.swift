import Glibc

/// What the kernel says about this process, under the names Prometheus clients have in common. Read when asked.
package enum ProcessMetrics {
    /// One value.
    package struct Sample: Sendable, Equatable {
        /// Prometheus name.
        package var name: String
        /// One sentence.
        package var help: String
        /// Whether it only grows.
        package var isCounter: Bool
        /// In the base unit that the name ends with.
        package var value: Double

        /// Further values of the caller, beside those of the process.
        package init(name: String, help: String, isCounter: Bool, value: Double) {
            self.name = name
            self.help = help
            self.isCounter = isCounter
            self.value = value
        }
    }

    /// CPU, resident memory and open files; what can't be read is left out.
    package static func read() -> [Sample] {
        var samples: [Sample] = []
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            let microseconds = Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
            samples.append(
                Sample(
                    name: "process_cpu_seconds_total", help: "User and system time.", isCounter: true,
                    value: seconds + microseconds / 1e6))
        }
        if let pages = residentPages() {
            samples.append(
                Sample(
                    name: "process_resident_memory_bytes", help: "Resident memory.", isCounter: false,
                    value: Double(pages) * Double(sysconf(Int32(_SC_PAGESIZE)))))
        }
        if let files = openFiles() {
            samples.append(
                Sample(name: "process_open_fds", help: "Open file descriptors.", isCounter: false, value: Double(files))
            )
        }
        return samples
    }

    /// The second number of `/proc/self/statm`.
    private static func residentPages() -> Int? {
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 128)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return nil }
        let fields = String(decoding: buffer.prefix(count), as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? Int(fields[1]) : nil
    }

    private static func openFiles() -> Int? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return count - 3  // `.`, `..` and the directory itself
    }
}
