/// The page around the parts.
enum DashboardPage {
    /// The whole page with a frame in it. `said` is what became of a form.
    static func html(_ frame: DashboardFrame, namespace: String, said: String = "") -> HTML {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>Outlook Fleet</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <link rel="icon" href="data:,"><link rel="stylesheet" href="/assets/style.css">
        <script src="/assets/dashboard.js" defer></script></head><body class="board">
        <a class="skip" href="#letters">Skip to the dead letters</a>
        <header><h1>Outlook Fleet</h1><span class="quiet">\(namespace)</span>\
        <span id="state" role="status"\(frame.trouble == nil ? nothing : trouble)>\(state(frame))</span></header>
        <p id="said" role="status">\(said)</p>
        <main class="board">
        \(section(.attention, "bare", frame))\(section(.figures, "bare", frame))
        \(section(.rate, "half", frame))\(section(.latency, "half", frame))
        \(section(.tenants, "", frame))
        \(section(.queues, "half", frame))\(section(.workers, "half", frame))
        \(section(.connections, "twothirds", frame))\(section(.changes, "third", frame))
        \(section(.letters, "", frame))
        </main></body></html>

        """
    }

    /// What the line at the head says.
    static func state(_ frame: DashboardFrame) -> String { frame.trouble ?? "live" }

    private static let nothing: HTML = ""
    private static let trouble: HTML = " class=\"trouble\""

    private static func section(_ part: DashboardPart, _ style: String, _ frame: DashboardFrame) -> HTML {
        """
        <section id="\(part.rawValue)" class="\(style)" tabindex="-1" aria-label="\(part.name)">\
        \(part.html(frame))</section>
        """
    }
}
