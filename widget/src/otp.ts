/** Android's Chrome hands over the code of a text that names this origin: https://wicg.github.io/web-otp/ */
export function awaitCode(arrived: (code: string) => void): () => void {
  if (!(window as any).OTPCredential) return () => {};
  const abort = new AbortController();
  const request = { otp: { transport: ["sms"] }, signal: abort.signal };
  navigator.credentials.get(request as CredentialRequestOptions).then(
    (got) => got && arrived((got as Credential & { code: string }).code),
    () => {}, // refused or aborted: the person types it
  );
  return () => abort.abort();
}
