import Glibc

/// What the kernel says about this process, under the names Prometheus clients have in common. Read when asked.
package enum ProcessMetrics {
    /// CPU, resident memory and open files; what can't be read is left out.
    package static func read() -> [MetricSample] {
        var samples: [MetricSample] = []
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            let microseconds = Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
            samples.append(
                MetricSample(
                    name: "process_cpu_seconds_total", help: "User and system time.", isCounter: true,
                    value: seconds + microseconds / 1e6))
        }
        if let pages = residentPages() {
            samples.append(
                MetricSample(
                    name: "process_resident_memory_bytes", help: "Resident memory.", isCounter: false,
                    value: Double(pages) * Double(sysconf(Int32(_SC_PAGESIZE)))))
        }
        if let files = openFiles() {
            samples.append(
                MetricSample(
                    name: "process_open_fds", help: "Open file descriptors.", isCounter: false, value: Double(files))
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
