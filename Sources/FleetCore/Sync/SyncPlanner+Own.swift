/// What a round says of a booking's event.
struct OwnNews {
    /// False: it is judged like anybody's event.
    var isSilent = false
    /// `booking.moved` and its like.
    var change: Change.Kind?
    /// What the change tells.
    var event: CalendarEvent?
    var note: BookingNote?
}

extension SyncPlanner {
    /// Compares what the round makes of an event of ours with what consumers were last told of its booking. Our own
    /// writes are known by their change key; everything else a person did.
    func ownNews(
        _ own: OwnEvent, _ final: Final?, _ known: MirrorState.Known?, _ entry: RoundDigest.Entry?
    ) -> OwnNews {
        if own.isOpen { return OwnNews(isSilent: true) }
        guard own.record.state == .live else { return OwnNews() }
        guard let entry else { return settled(own, final, known) }
        guard let final else { return digest.isGone(entry) ? gone(own) : OwnNews(isSilent: true) }
        guard case .event(let read)? = digest.content(of: entry),
            !isOlder(read.lastModified?.milliseconds, than: known?.details.modifiedMilliseconds)
        else { return OwnNews(isSilent: true) }
        let change = own.record.news(of: final.event, changeKey: read.changeKey)
        if change == .bookingCancelledInOutlook { return gone(own) }
        return OwnNews(
            isSilent: true, change: change, event: final.event,
            note: note(own, final.event, changeKey: read.changeKey ?? own.record.changeKey))
    }

    /// Nothing was read of it: time or settings may have changed how it is seen.
    private func settled(_ own: OwnEvent, _ final: Final?, _ known: MirrorState.Known?) -> OwnNews {
        guard let known else { return OwnNews() }
        guard let final else { return round.extent == .incremental ? OwnNews(isSilent: true) : gone(own) }
        guard final.event != known.event else { return OwnNews() }
        return OwnNews(note: note(own, final.event, changeKey: own.record.changeKey))
    }

    private func gone(_ own: OwnEvent) -> OwnNews {
        OwnNews(
            isSilent: true, change: .bookingCancelledInOutlook, event: own.record.seen,
            note: BookingNote(
                booking: own.booking, record: own.record.ended(.gone, at: context.now), lost: own.record.event))
    }

    private func note(_ own: OwnEvent, _ event: CalendarEvent, changeKey: String?) -> BookingNote? {
        var record = own.record
        record.seen = event
        record.changeKey = changeKey
        return record == own.record ? nil : BookingNote(booking: own.booking, record: record)
    }
}
