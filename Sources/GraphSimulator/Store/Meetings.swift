/// What happens between mailboxes when somebody invites somebody: mails, copies in the attendees' calendars, answers.
///
/// Only attendees whose mailboxes are in this world get copies. A room answers at once by its policy: accepts what is
/// free, declines what isn't.
struct Meetings {
    let world: World

    // MARK: The organizer acts

    /// Sends invitations for a new event.
    func invite(to item: EventItem, from organizer: Mailbox) {
        guard !item.content.attendees.isEmpty else { return }
        mail("invitation", item.content, from: organizer, to: item.content.attendees.map(\.person.address))
        for attendee in item.content.attendees { deliver(item, to: attendee, organizer: organizer) }
    }

    /// Tells attendees of a change. A change of nothing but the attendees tells only those that are new or gone.
    func announceUpdate(of item: EventItem, before: EventContent, names: Set<String>, from organizer: Mailbox) {
        guard item.content.isOrganizer else { return }
        let old = Set(before.attendees.map { $0.person.address.lowercased() })
        let new = item.content.attendees
        let added = new.filter { !old.contains($0.person.address.lowercased()) }
        let gone = before.attendees.filter { attendee in
            !new.contains { $0.person.address.lowercased() == attendee.person.address.lowercased() }
        }
        if !gone.isEmpty {
            mail("cancellation", item.content, from: organizer, to: gone.map(\.person.address))
            for attendee in gone { withdraw(item, from: attendee, organizer: organizer, isCancelled: false) }
        }
        if !added.isEmpty {
            mail("invitation", item.content, from: organizer, to: added.map(\.person.address))
            for attendee in added { deliver(item, to: attendee, organizer: organizer) }
        }
        let rest = new.filter { old.contains($0.person.address.lowercased()) }
        if names != ["attendees"], !names.isEmpty, !rest.isEmpty {
            mail("update", item.content, from: organizer, to: rest.map(\.person.address))
            for attendee in rest { renew(item, of: attendee, organizer: organizer) }
        }
    }

    /// Tells attendees that an event is off; their copies stay, marked as cancelled.
    func announceCancellation(of target: EventTarget) {
        let content = target.content
        guard content.isOrganizer, !content.attendees.isEmpty else { return }
        mail("cancellation", content, from: target.view.owner, to: content.attendees.map(\.person.address))
        guard target.occurrence == nil else { return }
        for attendee in content.attendees {
            withdraw(target.item, from: attendee, organizer: target.view.owner, isCancelled: true)
        }
    }

    private func deliver(_ item: EventItem, to attendee: Attendee, organizer: Mailbox) {
        guard let mailbox = local(attendee, organizer), let folder = mailbox.defaultFolder,
            copy(of: item, in: mailbox) == nil
        else { return }
        var content = item.content
        content.isOrganizer = false
        content.transactionID = nil
        content.properties = [:]
        content.response = "notResponded"
        content.showAs = content.showAs == "free" ? "free" : "tentative"
        content.change = world.nextChange()
        let isFree = mailbox.kind == .room && Self.isFree(folder, content)
        let copy = world.insertEvent(content, in: mailbox, folder: folder)
        guard mailbox.kind == .room, let view = world.view(of: folder, in: mailbox) else { return }
        let answer = isFree ? "accepted" : "declined"
        respond(EventTarget(view: view, item: copy, occurrence: nil), answer: answer, isSent: true)
    }

    private static func isFree(_ folder: CalendarFolder, _ content: EventContent) -> Bool {
        let window = Window(from: content.start.instant, to: content.end.instant)
        return EventRoutes.entries(of: folder, in: window).allSatisfy { entry in
            let content = entry.occurrence?.content ?? entry.item.content
            return content.isCancelled || content.response == "declined"
                || ["free", "workingElsewhere"].contains(content.showAs)
        }
    }

    private func renew(_ item: EventItem, of attendee: Attendee, organizer: Mailbox) {
        guard let mailbox = local(attendee, organizer), let (copy, view) = copy(of: item, in: mailbox) else { return }
        let content = item.content
        world.change(copy, in: view) { copy in
            let moved = copy.content.start != content.start || copy.content.end != content.end
            for name in ["subject", "body", "location", "attendees", "sensitivity", "importance"] {
                EventMembers.copy(name, from: content, to: &copy.content)
            }
            (copy.content.start, copy.content.end, copy.content.isAllDay) = (
                content.start, content.end, content.isAllDay
            )
            copy.content.recurrence = content.recurrence
            if moved { (copy.content.response, copy.content.showAs) = ("notResponded", "tentative") }
            world.touch(&copy.content)
        }
    }

    private func withdraw(_ item: EventItem, from attendee: Attendee, organizer: Mailbox, isCancelled: Bool) {
        guard let mailbox = local(attendee, organizer), let (copy, view) = copy(of: item, in: mailbox) else { return }
        if mailbox.kind == .room {
            world.removeEvent(copy, from: view, reason: .deleted)
            return
        }
        world.change(copy, in: view) { copy in
            copy.content.isCancelled = true
            copy.content.showAs = "free"
            copy.content.subject = "Canceled: " + (copy.content.subject ?? "")
            world.touch(&copy.content)
        }
    }

    // MARK: The attendee acts

    /// Notes an answer in the attendee's copy and, if sent, in the organizer's event.
    func respond(_ target: EventTarget, answer: String, isSent: Bool) {
        let now = world.now
        let attendee = target.view.owner
        world.change(target.item, in: target.view) { item in
            item.content.response = answer
            item.content.responded = now
            item.content.showAs =
                answer == "accepted" ? "busy" : answer == "tentativelyAccepted" ? "tentative" : item.content.showAs
            world.touch(&item.content)
        }
        guard isSent else { return }
        mail("response", target.content, from: attendee, to: [target.content.organizer.address])
        guard let organizer = world.mailbox(target.content.organizer.address),
            let (original, view) = copy(of: target.item, in: organizer)
        else { return }
        world.change(original, in: view) { original in
            let matches = { (one: Attendee) in one.person.address.lowercased() == attendee.address.lowercased() }
            guard let index = original.content.attendees.firstIndex(where: matches) else { return }
            original.content.attendees[index].response = answer
            original.content.attendees[index].responded = now
            world.touch(&original.content)
        }
    }

    // MARK: Helpers

    private func local(_ attendee: Attendee, _ organizer: Mailbox) -> Mailbox? {
        guard let mailbox = world.mailbox(attendee.person.address), mailbox.id != organizer.id else { return nil }
        return mailbox
    }

    /// The same meeting in another mailbox.
    private func copy(of item: EventItem, in mailbox: Mailbox) -> (EventItem, CalendarView)? {
        for folder in mailbox.folders where folder.link == nil {
            guard let found = folder.item(uid: item.content.uid), let view = world.view(of: folder, in: mailbox) else {
                continue
            }
            return (found, view)
        }
        return nil
    }

    private func mail(_ kind: String, _ content: EventContent, from mailbox: Mailbox, to recipients: [String]) {
        mailbox.mail.append(
            MailRecord(at: world.now, kind: kind, subject: content.subject, recipients: recipients))
    }
}
