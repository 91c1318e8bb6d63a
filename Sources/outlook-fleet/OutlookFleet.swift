import ArgumentParser

@main
struct OutlookFleet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "outlook-fleet")
}
