/// Pages for people: what all of them are served with, and the short ones.
enum Page {
    /// Only what we serve ourselves. `form-action` and `connect-src` keep what is typed and shown here.
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    /// A short page: a mark, a heading and what is below it.
    static func short(title: String, mark: HTML, _ body: HTML) -> HTML {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>\(title)</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <link rel="icon" href="data:,"><link rel="stylesheet" href="/assets/style.css"></head>
        <body class="short"><main>
        \(mark)<h1>\(title)</h1>
        \(body)
        </main></body></html>

        """
    }
}
