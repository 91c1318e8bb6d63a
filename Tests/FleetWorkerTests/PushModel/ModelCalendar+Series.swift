import FleetCore
import Foundation
import Graph

@testable import FleetWorker

/// Single events and series as views, rounds and answers have them.
extension ModelCalendar.Held {
    /// Occurrences of a series, and how many hours they are apart.
    static let most = 3
    private static let apart = 5

    var isSeries: Bool { occurrences != nil }

    /// As reads by id have it.
    var fresh: FreshEvent {
        FreshEvent(
            event: event, kind: isSeries ? .master : .single, etag: event.changeKey, createdAt: createdAt, mark: mark)
    }

    /// As answers of writes have it.
    var answered: FreshEvent {
        var answered = fresh
        answered.mark = nil
        return answered
    }

    /// As a view has it: no masters, and each occurrence with the mark of its own.
    var view: [FreshEvent] {
        guard let occurrences else { return [fresh] }
        return occurrences.map { number in
            var instance = event
            instance.id = id(number)
            instance.series = event.id
            instance.time = time(number)
            return FreshEvent(
                event: instance, kind: .occurrence, etag: event.changeKey, createdAt: createdAt, mark: mark)
        }
    }

    /// As rounds have it, the master first.
    var items: [RemoteItem] {
        guard let occurrences else { return [.event(event)] }
        return [.master(event)]
            + occurrences.map { .occurrence(RemoteOccurrence(id: id($0), series: event.id, time: time($0))) }
    }

    /// When it takes place.
    var spans: [TimeSpan] { view.map { TimeSpan($0.event.time, zone: .utc) } }

    private func id(_ number: Int) -> EventID { EventID("\(event.id.rawValue).\(number)") }

    private func time(_ number: Int) -> RemoteTime {
        let span = TimeSpan(event.time, zone: .utc)
        let later = Double(number * Self.apart) * 3600
        return .timed(start: span.start.addingTimeInterval(later), end: span.end.addingTimeInterval(later))
    }
}
