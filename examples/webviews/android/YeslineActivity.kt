package com.example.app

import android.annotation.SuppressLint
import android.content.ActivityNotFoundException
import android.content.Intent
import android.net.Uri
import android.os.Bundle
import android.webkit.JavascriptInterface
import android.webkit.WebResourceError
import android.webkit.WebResourceRequest
import android.webkit.WebView
import android.webkit.WebViewClient
import androidx.appcompat.app.AppCompatActivity
import androidx.webkit.WebViewCompat
import androidx.webkit.WebViewFeature
import org.json.JSONException
import org.json.JSONObject

/**
 * Shows a sign-up form. RESULT_OK has the extra "submission"; RESULT_CANCELED has "code" if the form could not be shown.
 *
 * Extras: "form", and "ownPage" to open it over a page of the app's. Without it, it is on the server's page, which needs no `origins`.
 */
class YeslineActivity : AppCompatActivity() {
    private lateinit var web: WebView
    private val form by lazy { checkNotNull(intent.getStringExtra("form")) }
    private val ownPage by lazy { intent.getBooleanExtra("ownPage", false) }
    private val home by lazy { if (ownPage) APP else SERVER }
    private var shown = false

    @SuppressLint("SetJavaScriptEnabled")
    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        web = WebView(this)
        web.settings.javaScriptEnabled = true
        web.settings.domStorageEnabled = true // where a form keeps that it was dismissed
        web.webViewClient = Client()
        setContentView(web)
        listen()
        if (ownPage) {
            web.loadDataWithBaseURL("$APP/", HTML, "text/html", "utf-8", null)
        } else {
            web.loadUrl("$SERVER/f/$form")
        }
    }

    /** The listener is for pages of one origin. Old WebViews have the interface only, which every frame can call. */
    private fun listen() {
        if (WebViewFeature.isFeatureSupported(WebViewFeature.WEB_MESSAGE_LISTENER)) {
            WebViewCompat.addWebMessageListener(web, "YeslineAndroid", setOf(home)) { _, message, _, isMainFrame, _ ->
                if (isMainFrame) message.data?.let(::hear)
            }
        } else {
            web.addJavascriptInterface(Bridge(), "YeslineAndroid")
        }
    }

    private inner class Bridge {
        @JavascriptInterface
        fun postMessage(message: String) = runOnUiThread { hear(message) }
    }

    private fun hear(text: String) {
        val message = try { JSONObject(text) } catch (_: JSONException) { return }
        if (message.optInt("yesline") != 1) return
        val detail = message.optJSONObject("detail") ?: JSONObject()
        when (message.optString("event")) {
            "ready" -> if (ownPage) openForm()
            "shown" -> shown = true
            "link" -> openOutside(Uri.parse(detail.optString("url")))
            "confirmed" -> end(RESULT_OK, "submission", message.optString("submission"))
            "dismissed" -> end(RESULT_CANCELED)
            // Later failures are shown in the form, where the person can try again.
            "failed" -> if (!shown) end(RESULT_CANCELED, "code", detail.optString("code"))
        }
    }

    private fun openForm() {
        web.evaluateJavascript("yesline.push([\"open\", ${JSONObject.quote(form)}])", null)
    }

    private fun openOutside(uri: Uri) {
        try {
            startActivity(Intent(Intent.ACTION_VIEW, uri))
        } catch (_: ActivityNotFoundException) {
            // A tablet, say, without an app for texts: the form's other ways are still there.
        }
    }

    private fun end(result: Int, name: String = "", value: String = "") {
        setResult(result, Intent().putExtra(name, value))
        finish()
    }

    override fun onDestroy() {
        web.destroy()
        super.onDestroy()
    }

    private inner class Client : WebViewClient() {
        /** Terms, privacy and other apps open outside; what is in here can talk to us. */
        override fun shouldOverrideUrlLoading(view: WebView, request: WebResourceRequest): Boolean {
            if (request.url.toString().startsWith("$home/")) return false
            openOutside(request.url)
            return true
        }

        override fun onReceivedError(view: WebView, request: WebResourceRequest, error: WebResourceError) {
            if (request.isForMainFrame) end(RESULT_CANCELED, "code", "network")
        }
    }

    private companion object {
        const val SERVER = "https://sms.example.com"

        /** The address that the app's own page claims. It stands in the form's `origins`. */
        const val APP = "https://app.example.com"
        const val HTML = """
            <!doctype html>
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Texts</title>
            <script async crossorigin src="https://sms.example.com/embed.js"></script>
            """
    }
}
