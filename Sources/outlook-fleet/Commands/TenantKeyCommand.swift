import ArgumentParser
import FleetCore
import FleetGateway
import Telemetry

/// `tenant key ID`: a key for the gateway.
struct TenantKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Print a fresh gateway key as a line for the tenant keys file.",
        discussion: """
            Several lines of one tenant are fine: to rotate, add the new line, hand out the key, drop the old line. \
            The gateway reads the file again on SIGHUP.

                (umask 077; outlook-fleet tenant key acme >> tenant.keys)
            """)
    enum Spec {
        static let hashed = FlagSpec<Bool>.toggle(
            "hashed", "Print the line with the key's SHA-256 only, and the key itself on standard error.")
    }

    @Argument(help: "The tenant's id.") var id: String
    @Flag(Spec.hashed) var hashed = false
    @OptionGroup var shared: SharedFlags

    func run() throws {
        try shared.check()
        var reader = SettingsReader()
        let hashed = reader.isOn(Spec.hashed, hashed)
        reader.check(id, TextRule.tenant, "the tenant's id")
        try reader.finish()
        let (line, key) = TenantKeys.newLine(for: TenantID(id), hashed: hashed)
        Output.line(line)
        if hashed { Output.note("the key, which nothing else holds: \(key.exposed)") }
    }
}
