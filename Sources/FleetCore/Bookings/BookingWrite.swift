package import Foundation

// What is to be done for one booking, in up to three steps:
//
//   first   what matters for others: the event comes into being, goes, or changes its time
//   look    the range is read again: was somebody first? Then what was done is undone, and the booking rejected
//   then    what nobody should see before that: invitations; and what else a move changes, for it can't be undone. If
//           Exchange refuses it, the first step is undone, too, and the booking fails as a whole

/// A write that was decided on.
package struct BookingWrite: Sendable, Equatable {
    /// The first step.
    package enum First: Sendable, Equatable {
        case create(EventDraft)
        case change(EventID, EventPatch, etag: String?)
        case remove(EventID)
        /// An earlier try did it: the event is as it should be, and nobody has looked yet.
        case done(FreshEvent)
    }

    /// What undoes the first step.
    package enum Undo: Sendable, Equatable {
        case remove
        case restore(EventPatch, span: TimeSpan)
    }

    /// The booking.
    package var booking: BookingID
    /// Position in the job; nil for one that an earlier job left unfinished.
    package var position: Int?
    /// The first step.
    package var first: First
    /// Where to look again who came between, with the booking's buffers. Nil: nothing can be in its way, or it may
    /// overlap.
    package var look: TimeSpan?
    /// How to undo the first step; nil where nothing after it can fail. Says, too, to whom it yields: a create to what
    /// was created earlier, a move to whatever is there.
    package var undo: Undo?
    /// The last step; empty for none.
    package var then: EventPatch
    /// What the event holds afterwards; nil for a removal.
    package var content: WrittenContent?
    /// Of the upsert.
    package var revision: Int?
    /// It comes to be, rather than changes: `confirmed`, not `updated`.
    package var isNew: Bool
    /// Creates of this booking, with this one.
    package var creates: Int
    /// `on_conflict` is `allow`.
    package var mayOverlap: Bool
    /// Moves an event that nobody has confirmed: it couldn't be rejected where it was, so the look after the write
    /// decides whether the bookings before it have the place.
    package var isUnchecked = false

    /// A write as given.
    package init(
        booking: BookingID, position: Int?, first: First, look: TimeSpan? = nil, undo: Undo? = nil,
        then: EventPatch = EventPatch(),
        content: WrittenContent? = nil, revision: Int? = nil, isNew: Bool = false, creates: Int,
        mayOverlap: Bool = false
    ) {
        self.booking = booking
        self.position = position
        self.first = first
        self.look = look
        self.undo = undo
        self.then = then
        self.content = content
        self.revision = revision
        self.isNew = isNew
        self.creates = creates
        self.mayOverlap = mayOverlap
    }

    /// What to put down before the first write; nil where there is nothing to put down. `begun` is what an earlier try
    /// put down: a create goes on under its transaction id.
    package func intent(begun: BookingIntent?, at now: Date) -> BookingIntent? {
        switch first {
        case .create(let draft):
            return BookingIntent(
                .create, transactionID: draft.transactionID, content: content, revision: revision,
                mayOverlap: mayOverlap, at: now)
        case .remove:
            // A create that nobody confirmed is found by its own intent only: until it is gone that one must stay.
            return begun?.kind == .create ? nil : BookingIntent(.remove, at: now)
        case .change, .done:
            // An event that was found by its mark, with nothing begun, is nobody's unfinished create.
            if isNew && begun?.kind != .create { return nil }
            return BookingIntent(
                isNew ? .create : .change, transactionID: isNew ? begun?.transactionID : nil, content: content,
                doubts: begun?.doubts(besides: content) ?? [], revision: revision, mayOverlap: mayOverlap,
                at: isNew ? begun?.at ?? now : now,
                hasStood: begun?.hasStood(with: content) ?? false)
        }
    }

    /// The event, where it is known before the write.
    package var event: EventID? {
        switch first {
        case .create: nil
        case .change(let id, _, _), .remove(let id): id
        case .done(let found): found.event.id
        }
    }

    /// The event, where nothing is left to be written before the look.
    package var found: FreshEvent? {
        if case .done(let found) = first { found } else { nil }
    }
}

extension BookingIntent {
    /// Whether an earlier try of this very write got past its look.
    func hasStood(with content: WrittenContent?) -> Bool { hasStood && self.content == content }

    /// What is in doubt once another content has been tried, too.
    func doubts(besides content: WrittenContent?) -> WrittenContent.Parts {
        guard let before = self.content, let content else { return doubts }
        return doubts.union(before.differences(from: content))
    }
}

/// What is decided for one booking.
package enum BookingDecision: Sendable, Equatable {
    /// Nothing is written.
    case answer(BookingOutcome.Verdict, EventID?)
    /// Something is in the way.
    case reject(Set<Obstacle>)
    /// It can't be done, whatever else is in the calendar.
    case fail(JobError)
    case write(BookingWrite)
}
