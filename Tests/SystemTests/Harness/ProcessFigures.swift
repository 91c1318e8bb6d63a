import Foundation
import TestSupport

/// What the kernel says of a process.
struct ProcessFigures: Sendable {
    let residentKilobytes: Int
    /// The most that it ever had.
    let peakKilobytes: Int
    /// User and system time so far.
    let cpuSeconds: Double

    init(pid: Int32) throws {
        let status = String(decoding: try readFile("/proc/\(pid)/status"), as: UTF8.self)
        func kilobytes(_ name: String) -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix("\(name):") } ?? ""
            return Int(line.filter(\.isNumber)) ?? 0
        }
        residentKilobytes = kilobytes("VmRSS")
        peakKilobytes = kilobytes("VmHWM")
        // Past the name, which may hold anything, in parentheses.
        let stat = String(decoding: try readFile("/proc/\(pid)/stat"), as: UTF8.self)
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        let ticks = fields.count > 12 ? (Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0) : 0
        cpuSeconds = ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
