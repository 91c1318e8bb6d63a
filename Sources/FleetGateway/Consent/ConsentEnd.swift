import FleetCore
import Graph
import Hummingbird

/// How a consent ended, in words for the person in front of the browser: what happened, and what to do.
enum ConsentEnd: Error, Sendable {
    case unknownState, expired, used
    case refused(ConsentRefusal, numbers: [Int])
    case trouble(Problem)
    case connected(JobID, JobDesk.Outcome)

    /// Back to the product at once where nothing is left to say: it goes on, or its user said no. Whoever must do
    /// something first reads a page, with a way back; without a return URL everybody does.
    func answer(_ product: ProductReturn?) -> Response {
        switch self {
        case .connected(let job, _):
            guard let product else { return page(back: nil) }
            return .empty(
                302, headers: [(name: "Location", value: product.link("connecting", [("job_id", job.rawValue)]))])
        case .refused(.declined, _):
            guard let product else { return page(back: nil) }
            return .empty(302, headers: [(name: "Location", value: product.link("declined"))])
        default:
            return page(back: product?.link("failed", reason.map { [("reason", $0)] } ?? []))
        }
    }

    /// Why not, in a word for the product.
    private var reason: String? {
        switch self {
        case .unknownState, .connected: nil
        case .expired: "expired"
        case .used: "used"
        case .refused(let refusal, _): refusal.rawValue
        case .trouble: "trouble"
        }
    }

    private func page(back: String?) -> Response {
        let words = words
        let number: HTML =
            if case .refused(_, let numbers) = self, let number = numbers.first {
                "<p class=\"fine\">Microsoft's number for this: AADSTS\(String(number))</p>\n"
            } else {
                ""
            }
        let button: HTML = back.map { "<p><a class=\"button\" href=\"\($0)\">Back</a></p>\n" } ?? ""
        let mark: HTML =
            words.status == 200
            ? "<div class=\"mark\" aria-hidden=\"true\">\u{2713}</div>"
            : "<div class=\"mark bad\" aria-hidden=\"true\">!</div>"
        return .page(
            words.status,
            Page.short(
                title: words.title, mark: mark, "<p>\(words.what)</p>\n<p>\(words.todo)</p>\n\(number)\(button)"))
    }

    private var words: (status: Int, title: String, what: String, todo: String) {
        switch self {
        case .unknownState:
            (
                400, "This link doesn't work", "It isn't one that we gave out, or it was changed on its way.",
                "Go back to where you began, and start connecting your calendar again."
            )
        case .expired:
            (
                400, "That took too long", "For your safety a connection must be finished within ten minutes.",
                "Go back to where you began, and start connecting your calendar again."
            )
        case .used:
            (
                400, "This link was used already", "Each link connects one calendar once; perhaps it has worked.",
                "If your calendar doesn't show as connected, start again."
            )
        case .refused(let refusal, _): Self.words(refusal)
        case .trouble(let problem):
            (
                problem.status, "Something went wrong on our side", problem.detail,
                "Your calendar is not connected. Please start again in a moment."
            )
        case .connected(_, .waits):
            (
                200, "Your calendar is being connected", "Microsoft has let us in, and the first synchronisation runs.",
                "You can close this page."
            )
        case .connected(_, .ended(let entry)):
            entry.isSuccess
                ? (
                    200, "Your calendar is connected",
                    entry.data?["message"]?.stringValue ?? "Outlook Calendar connected successfully.",
                    "You can close this page."
                )
                : (
                    Problem.status(of: entry.error.code), "Your calendar could not be connected",
                    Self.plain(entry.error),
                    "Go back to where you began, and start again."
                )
        }
    }

    private static func plain(_ error: JobError) -> String {
        switch error.code {
        case .accessDenied: "Microsoft let us in, but not to this calendar: its owner must share it with you."
        case .calendarNotFound: "The calendar isn't there any more."
        case .mailboxUnavailable: "This account has no Outlook mailbox that we can reach."
        case .reconnectRequired: "The consent ended before it could be used."
        default: "Outlook could not be reached (\(error.code.rawValue))."
        }
    }

    private static func words(_ refusal: ConsentRefusal) -> (status: Int, title: String, what: String, todo: String) {
        switch refusal {
        case .declined:
            (
                403, "You didn't give access",
                "Without your consent we can't see your calendar, and nothing was connected.",
                "If that was a mistake, go back and start again; on Microsoft's page, choose Accept."
            )
        case .administrator:
            (
                403, "Your organisation must approve this first",
                "A rule of your organisation keeps apps from calendars until an administrator has agreed.",
                "Ask your IT department to approve this app for you in Microsoft Entra, then start again."
            )
        case .account:
            (
                403, "This account can't be used",
                "Microsoft doesn't let this account sign in here: it belongs elsewhere, or is disabled.",
                "Start again, and choose the account whose calendar you want to connect."
            )
        case .user:
            (
                403, "Microsoft wants something from you first",
                "For example a second factor, a new password, or another device.",
                "Sign in at outlook.office.com, follow what Microsoft asks, then start again."
            )
        case .operator:
            (
                502, "This service isn't set up right", "Microsoft doesn't accept our app's registration.",
                "It is not your fault: please tell the support of the product you came from."
            )
        case .later:
            (
                503, "Microsoft has trouble", "Its sign-in service didn't answer as it should.",
                "Please start again in a few minutes."
            )
        case .staleCode:
            (
                400, "This sign-in is over", "Microsoft's answer was used already, or is too old.",
                "Go back to where you began, and start connecting your calendar again."
            )
        case .incomplete:
            (
                403, "Not everything was allowed",
                "We need to read and write your calendar, also while you are away; one of these is missing.",
                "Start again, and leave all boxes on Microsoft's page as they are."
            )
        }
    }
}
