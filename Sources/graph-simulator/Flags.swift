import ArgumentParser
import GraphSimulator

/// How much the simulator takes before it throttles.
struct LimitFlags: ParsableArguments {
    @Option(help: "Requests per window, app and mailbox.")
    var mailboxLimit = 10_000

    @Option(help: ArgumentHelp("Length of that window.", valueName: "seconds"))
    var mailboxWindow = 600.0

    @Option(help: "Requests at once per app and mailbox.")
    var mailboxConcurrency = 4

    @Option(help: "Requests per app in its window, over all mailboxes.")
    var appLimit = 130_000

    @Option(help: ArgumentHelp("Length of that window.", valueName: "seconds"))
    var appWindow = 10.0

    @Option(help: ArgumentHelp("Time that each Graph request takes at least.", valueName: "milliseconds"))
    var latency = 0

    func apply(to options: inout SimulatorOptions) {
        options.mailboxLimit = mailboxLimit
        options.mailboxWindow = mailboxWindow
        options.mailboxConcurrency = mailboxConcurrency
        options.appLimit = appLimit
        options.appWindow = appWindow
        options.latencyMilliseconds = latency
    }
}

/// The token endpoint.
struct LoginFlags: ParsableArguments {
    @Option(help: "Client id of the app that is registered.")
    var clientId = SimulatorOptions.defaultClientID

    @Option(help: "Its secret.")
    var clientSecret = SimulatorOptions.defaultClientSecret

    @Option(help: ArgumentHelp("Life of access tokens; the default is random, 60 to 90 minutes.", valueName: "seconds"))
    var accessTokenLifetime: Double?

    @Option(help: "Refresh tokens: rotate (old ones stay good), strict (old ones are refused), keep (none in answers).")
    var rotation = SimulatorOptions.Rotation.rotate

    func apply(to options: inout SimulatorOptions) {
        options.clientID = clientId
        options.clientSecret = clientSecret
        options.accessTokenLifetime = accessTokenLifetime
        options.rotation = rotation
    }
}

/// Where Graph's behaviour is known in several forms.
struct BehaviourFlags: ParsableArguments {
    @Option(help: "A repeated transactionId: 400, 409, or existing (201 with the event that is there).")
    var duplicateTransaction = SimulatorOptions.DuplicateTransaction.badRequest

    @Option(help: "Rounds after which older delta tokens die; 0 is never.")
    var deltaGenerations = 8

    @Option(help: "The largest page that is given.")
    var maximumPageSize = 1000

    func apply(to options: inout SimulatorOptions) {
        options.duplicateTransaction = duplicateTransaction
        options.deltaGenerations = deltaGenerations
        options.maximumPageSize = maximumPageSize
    }
}

extension SimulatorOptions.Rotation: ExpressibleByArgument {}
extension SimulatorOptions.DuplicateTransaction: ExpressibleByArgument {}
