/// `cancel`, `accept`, `decline`, `tentativelyAccept`.
struct MeetingRoutes {
    let router: GraphRouter
    let target: EventTarget

    func cancel() throws(GraphFailure) -> Answer {
        guard router.call.method == "POST" else { throw .methodNotAllowed }
        _ = try ActionParameters.renamed(try router.actionBody(), to: ["comment"])
        guard target.view.canWrite else { throw .accessDenied }
        guard target.content.isOrganizer else {
            throw .invalidRequest("Your request can't be completed. You need to be an organizer to cancel a meeting.")
        }
        router.world.deleteEvent(target)
        return Answer(202)
    }

    func respond(_ answer: String) throws(GraphFailure) -> Answer {
        guard router.call.method == "POST" else { throw .methodNotAllowed }
        let body = try ActionParameters.renamed(
            try router.actionBody(), to: ["comment", "sendResponse", "proposedNewTime"])
        let isSent = try body.bool("sendResponse") ?? true
        guard target.view.canWrite else { throw .accessDenied }
        guard !target.content.isOrganizer else {
            throw .invalidRequest(
                "Your request can't be completed. You can't respond to a meeting of which you're the organizer."
            )
        }
        Meetings(world: router.world).respond(target, answer: answer, isSent: isSent)
        if answer == "declined" { router.world.removeEvent(target.item, from: target.view, reason: .deleted) }
        return Answer(202)
    }
}
