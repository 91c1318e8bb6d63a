import Testing

@testable import FleetWorker

@Suite("Worker configuration") struct WorkerConfigurationTests {
    @Test("the contract's defaults are fit to run with")
    func defaults() {
        #expect(WorkerConfiguration().faults.isEmpty)
    }

    @Test("all faults are reported at once, with name, value and range")
    func faults() {
        var configuration = WorkerConfiguration()
        configuration.concurrency = 0
        configuration.lease = .milliseconds(10)
        configuration.backoffCap = .milliseconds(5)
        let faults = configuration.faults
        #expect(faults.map(\.name) == ["concurrency", "lease", "backoff-cap"])
        #expect(faults[0].description == "--concurrency 0: must be 1...10000")
    }
}
