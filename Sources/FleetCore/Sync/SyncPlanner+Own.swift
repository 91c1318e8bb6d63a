/// What a round says of a booking's event.
struct OwnNews {
    /// False: it is judged like anybody's event.
    var isSilent = false
    /// `booking.moved` and its like.
    var change: Change.Kind?
    /// What the change tells.
    var event: CalendarEvent?
    /// The event is a series' master: its entry leaves the hash, whatever is told.
    var isOfMaster = false
    var note: BookingNote?
}

// A person may make a booking's event recurring. Then it is the series' master: still the booking's event under the
// same id, but no event that a consumer sees. So its entry leaves the hash, `booking.edited_in_outlook` says what
// became of the booking, and `event.deleted` behind it takes out of a consumer's copy what that put in. The
// occurrences are events like those of any series: they carry their master's id as `series_id`, no `booking_id` (a
// booking has one event), and whatever happens to them is told as `event.*`, also where our own write to the master
// was the cause: no entry about the booking names them. Made single again, it is in the hash again, with another
// `booking.edited_in_outlook`.

extension SyncPlanner {
    /// Compares what the round makes of an event of ours with what consumers were last told of its booking. Our own
    /// writes are known by their change key; everything else a person did.
    func ownNews(_ own: OwnEvent, _ id: EventID, _ final: Final?, _ entry: RoundDigest.Entry?) -> OwnNews {
        let known = mirror.events[id]
        let content = entry.flatMap { digest.content(of: $0) }
        if own.isOpen { return OwnNews(isSilent: !changesPlaces(known, final, content)) }
        guard own.record.state == .live else { return OwnNews() }
        guard let entry else { return settled(own, final, known) }
        switch content {
        case .event(let read)?:
            guard let final, !isOlder(read.lastModified?.milliseconds, than: known?.details.modifiedMilliseconds) else {
                return OwnNews(isSilent: true)
            }
            let news = news(own, final.event, isSeries: false, changeKey: read.changeKey)
            // Without a word of the booking it comes into the hash like anybody's.
            return news.change == nil && changesPlaces(known, final, content) ? news.spoken : news
        case .master(let read)?:
            let stored = known?.details.modifiedMilliseconds ?? mirror.masters[id]?.modifiedMilliseconds
            guard !isOlder(read.lastModified?.milliseconds, than: stored),
                case .event(let event, _) = projection.project(read, booking: own.booking)
            else { return OwnNews(isSilent: final != nil) }
            var news = news(own, event, isSeries: true, changeKey: read.changeKey)
            guard news.change != nil else { return news.spoken }
            news.isOfMaster = news.change != .bookingCancelledInOutlook
            return news
        default: return final == nil && digest.isGone(entry) ? gone(own) : OwnNews(isSilent: true)
        }
    }

    /// Whether it goes from events to masters, or back.
    private func changesPlaces(_ known: MirrorState.Known?, _ final: Final?, _ content: RemoteItem?) -> Bool {
        switch content {
        case .event?: known == nil && final.map { mirror.masters[$0.event.id] != nil } ?? false
        case .master?: known != nil && final == nil
        default: false
        }
    }

    private func news(_ own: OwnEvent, _ event: CalendarEvent, isSeries: Bool, changeKey: String?) -> OwnNews {
        let change = own.record.news(of: event, isSeries: isSeries, changeKey: changeKey)
        if change == .bookingCancelledInOutlook { return gone(own) }
        return OwnNews(
            isSilent: true, change: change, event: event,
            note: note(own, event, isSeries: isSeries, changeKey: changeKey ?? own.record.changeKey))
    }

    /// Nothing was read of it: time or settings may have changed how it is seen.
    private func settled(_ own: OwnEvent, _ final: Final?, _ known: MirrorState.Known?) -> OwnNews {
        guard let known else { return OwnNews() }
        guard let final else { return round.extent == .incremental ? OwnNews(isSilent: true) : gone(own) }
        guard final.event != known.event else { return OwnNews() }
        return OwnNews(note: note(own, final.event, isSeries: false, changeKey: own.record.changeKey))
    }

    private func gone(_ own: OwnEvent) -> OwnNews {
        OwnNews(
            isSilent: true, change: .bookingCancelledInOutlook, event: own.record.seen,
            note: BookingNote(
                booking: own.booking, record: own.record.ended(.gone, at: context.now), lost: own.record.event))
    }

    private func note(_ own: OwnEvent, _ event: CalendarEvent, isSeries: Bool, changeKey: String?) -> BookingNote? {
        var record = own.record
        record.seen = event
        record.isSeries = isSeries
        record.changeKey = changeKey
        return record == own.record ? nil : BookingNote(booking: own.booking, record: record)
    }
}

extension OwnNews {
    /// Told like anybody's event.
    fileprivate var spoken: OwnNews {
        var spoken = self
        spoken.isSilent = false
        spoken.event = nil
        return spoken
    }
}
