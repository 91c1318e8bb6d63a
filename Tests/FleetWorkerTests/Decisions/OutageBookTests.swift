import Testing

@testable import FleetWorker

// An outage is two lines: one when it begins, one with its length when it ends, however many requests it hit.
@Suite("Outages") struct OutageBookTests {
    private let start = ContinuousClock.now

    @Test("an outage that every part meets is said once, and its end with its length")
    func twoLines() {
        var book = OutageBook()
        #expect(book.failed(.claim, .away, at: start) == [.began(.away, .claim)])
        #expect(book.failed(.renew, .away, at: start + .seconds(1)) == [])
        #expect(book.failed(.claim, .away, at: start + .seconds(2)) == [])
        #expect(
            book.succeeded(.renew, at: start + .seconds(60)) == [
                .ended(.away, .renew, after: .seconds(60), failures: 3)
            ])
        #expect(book.isQuiet)
        #expect(book.succeeded(.claim, at: start + .seconds(61)) == [])
    }

    @Test("a full Redis is one part's trouble: another part's success does not end it")
    func partTrouble() {
        var book = OutageBook()
        #expect(book.failed(.intake, .full, at: start) == [.began(.full, .intake)])
        #expect(book.succeeded(.claim, at: start) == [])
        #expect(!book.isQuiet)
        #expect(
            book.succeeded(.intake, at: start + .seconds(5)) == [
                .ended(.full, .intake, after: .seconds(5), failures: 1)
            ])
    }

    @Test("loading takes the place of being away")
    func replaced() {
        var book = OutageBook()
        _ = book.failed(.claim, .away, at: start)
        #expect(
            book.failed(.claim, .loading, at: start + .seconds(3)) == [
                .ended(.away, .claim, after: .seconds(3), failures: 1), .began(.loading, .claim),
            ])
    }

    @Test("a read that works says nothing about a server that takes no writes")
    func reads() {
        var book = OutageBook()
        _ = book.failed(.claim, .readOnly, at: start)
        #expect(book.succeeded(.reap, wrote: false, at: start) == [])
        #expect(book.succeeded(.claim, at: start) == [.ended(.readOnly, .claim, after: .zero, failures: 1)])
    }

    @Test("readiness names the trouble, and the part where it is one part's")
    func names() {
        #expect(OutageBook.name(.away, .claim) == "redis away")
        #expect(OutageBook.name(.wrongType, .intake) == "redis wrongType (intake)")
    }
}
