import FleetCore
import Testing

@testable import FleetWorker

@Suite("Messages") struct MessageTests {
    @Test("the product's sentences stand alone when all went well")
    func plain() {
        #expect(
            Message.connect(canEdit: true, direction: .twoWay, polledEvery: nil)
                == "Outlook Calendar connected successfully.")
        #expect(Message.sync(malformed: 0) == "Outlook Calendar synchronized successfully.")
        #expect(Message.disconnect(unreachable: nil) == "Outlook Calendar disconnected successfully.")
    }

    @Test("what is not as asked is said behind them")
    func qualified() {
        #expect(
            Message.connect(canEdit: false, direction: .twoWay, polledEvery: 300) == """
                Outlook Calendar connected successfully. Realtime is not available here; changes are fetched every \
                5 minutes instead. The calendar is read-only: bookings can't be pushed to it.
                """)
        #expect(Message.connect(canEdit: false, direction: .pull, polledEvery: nil) == Message.connected)
        #expect(
            Message.sync(malformed: 1)
                == "Outlook Calendar synchronized successfully. 1 event could not be read and was left out.")
    }

    @Test("durations read like speech", arguments: [(60, "1 minute"), (90, "90 seconds"), (7200, "2 hours")])
    func durations(seconds: Int, text: String) {
        #expect(Message.duration(seconds) == text)
    }
}
