import UIKit
import WebKit

/// Shows a sign-up form and says how it ended. Present it, and dismiss it in `onEnd`.
final class YeslineViewController: UIViewController {
    enum End {
        case confirmed(submission: String)
        case dismissed
        case failed(code: String)
    }

    private static let server = URL(string: "https://sms.example.com")!
    /// The address that the app's own page claims. It stands in the form's `origins`.
    private static let app = URL(string: "https://app.example.com")!
    private static let html = """
        <!doctype html>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Texts</title>
        <script async crossorigin src="https://sms.example.com/embed.js"></script>
        """

    private let form: String
    private let ownPage: Bool
    private let onEnd: (End) -> Void
    private var shown = false
    private lazy var webView = makeWebView()

    /// With `ownPage` the form opens over a page of the app's, else on the server's page, which needs no `origins`.
    init(form: String, ownPage: Bool = false, onEnd: @escaping (End) -> Void) {
        self.form = form
        self.ownPage = ownPage
        self.onEnd = onEnd
        super.init(nibName: nil, bundle: nil)
    }

    @available(*, unavailable)
    required init?(coder: NSCoder) { fatalError("made in code") }

    override func loadView() { view = webView }

    override func viewDidLoad() {
        super.viewDidLoad()
        if ownPage {
            webView.loadHTMLString(Self.html, baseURL: Self.app)
        } else {
            webView.load(URLRequest(url: Self.server.appendingPathComponent("f/\(form)")))
        }
    }

    private func makeWebView() -> WKWebView {
        let configuration = WKWebViewConfiguration()
        configuration.userContentController.add(WeakHandler(self), name: "yesline")
        let webView = WKWebView(frame: .zero, configuration: configuration)
        webView.navigationDelegate = self
        return webView
    }

    private func openForm() {
        webView.callAsyncJavaScript(
            #"yesline.push(["open", form])"#, arguments: ["form": form], in: nil, in: .page)
    }

    private func isOurs(_ host: String?) -> Bool {
        host == (ownPage ? Self.app : Self.server).host
    }
}

extension YeslineViewController: WKScriptMessageHandler {
    func userContentController(_ controller: WKUserContentController, didReceive message: WKScriptMessage) {
        guard message.frameInfo.isMainFrame, isOurs(message.frameInfo.securityOrigin.host),
            let body = message.body as? [String: Any], body["yesline"] as? Int == 1,
            let event = body["event"] as? String
        else { return }
        let detail = body["detail"] as? [String: Any] ?? [:]
        switch event {
        case "ready" where ownPage: openForm()
        case "shown": shown = true
        case "link":
            if let url = (detail["url"] as? String).flatMap(URL.init(string:)) { UIApplication.shared.open(url) }
        case "confirmed": onEnd(.confirmed(submission: body["submission"] as? String ?? ""))
        case "dismissed": onEnd(.dismissed)
        // Later failures are shown in the form, where the person can try again.
        case "failed" where !shown: onEnd(.failed(code: detail["code"] as? String ?? ""))
        default: break
        }
    }
}

extension YeslineViewController: WKNavigationDelegate {
    /// Terms, privacy and other apps open outside; what is in here can talk to us.
    func webView(
        _ webView: WKWebView, decidePolicyFor action: WKNavigationAction,
        decisionHandler: @escaping (WKNavigationActionPolicy) -> Void
    ) {
        guard action.navigationType == .linkActivated, let url = action.request.url, !isOurs(url.host) else {
            return decisionHandler(.allow)
        }
        UIApplication.shared.open(url)
        decisionHandler(.cancel)
    }

    func webView(_ webView: WKWebView, didFailProvisionalNavigation navigation: WKNavigation!, withError error: Error) {
        onEnd(.failed(code: "network"))
    }
}

/// A content controller keeps its handlers alive, and is itself kept alive by the view.
private final class WeakHandler: NSObject, WKScriptMessageHandler {
    private weak var handler: WKScriptMessageHandler?

    init(_ handler: WKScriptMessageHandler) { self.handler = handler }

    func userContentController(_ controller: WKUserContentController, didReceive message: WKScriptMessage) {
        handler?.userContentController(controller, didReceive: message)
    }
}
