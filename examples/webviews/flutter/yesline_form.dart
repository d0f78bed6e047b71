import 'dart:convert';

import 'package:flutter/material.dart';
import 'package:flutter_inappwebview/flutter_inappwebview.dart';
import 'package:url_launcher/url_launcher.dart';

const _server = 'https://sms.example.com';

/// The address that the app's own page claims. It stands in the form's `origins`.
const _app = 'https://app.example.com';
const _html = '''
<!doctype html>
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Texts</title>
<script async crossorigin src="https://sms.example.com/embed.js"></script>
''';

/// A sign-up form: over a page of the app's with [ownPage], else on the server's page, which needs no `origins`.
class YeslineForm extends StatefulWidget {
  const YeslineForm({
    super.key,
    required this.form,
    required this.onConfirmed,
    required this.onDismissed,
    required this.onFailed,
    this.ownPage = false,
  });

  final String form;
  final bool ownPage;
  final void Function(String submission) onConfirmed;
  final VoidCallback onDismissed;

  /// The form could not be shown.
  final void Function(String code) onFailed;

  @override
  State<YeslineForm> createState() => _YeslineFormState();
}

class _YeslineFormState extends State<YeslineForm> {
  bool _shown = false;

  String get _home => widget.ownPage ? _app : _server;

  @override
  Widget build(BuildContext context) => InAppWebView(
        initialUrlRequest: widget.ownPage ? null : URLRequest(url: WebUri('$_server/f/${widget.form}')),
        initialData: widget.ownPage ? InAppWebViewInitialData(data: _html, baseUrl: WebUri(_app)) : null,
        initialSettings: InAppWebViewSettings(useShouldOverrideUrlLoading: true),
        onWebViewCreated: (controller) => controller.addJavaScriptHandler(
          handlerName: 'yesline',
          callback: (arguments) => _hear(controller, arguments.first),
        ),
        shouldOverrideUrlLoading: _stayHome,
        onReceivedError: (_, request, __) {
          if (request.isForMainFrame ?? false) widget.onFailed('network');
        },
      );

  void _hear(InAppWebViewController controller, Object? message) {
    if (!mounted || message is! Map || message['yesline'] != 1) return;
    final detail = message['detail'];
    switch (message['event']) {
      case 'ready' when widget.ownPage:
        controller.evaluateJavascript(source: 'yesline.push(["open", ${jsonEncode(widget.form)}])');
      case 'shown':
        _shown = true;
      case 'link':
        launchUrl(Uri.parse(detail['url'] as String));
      case 'confirmed':
        widget.onConfirmed(message['submission'] as String);
      case 'dismissed':
        widget.onDismissed();
      // Later failures are shown in the form, where the person can try again.
      case 'failed' when !_shown:
        widget.onFailed(detail['code'] as String);
    }
  }

  /// Terms, privacy and other apps open outside; what is in here can talk to us.
  Future<NavigationActionPolicy> _stayHome(InAppWebViewController _, NavigationAction action) async {
    final url = action.request.url;
    if (url == null || !action.isForMainFrame || '$url/'.startsWith('$_home/')) return NavigationActionPolicy.ALLOW;
    await launchUrl(url, mode: LaunchMode.externalApplication);
    return NavigationActionPolicy.CANCEL;
  }
}
