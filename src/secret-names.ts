/** What makes a word one that names a secret: `passwordhash`, `accesstoken`, `Set-Cookie`. */
const SECRET_PARTS = /password|passwd|passphrase|(?:pwd|secret|cookie|credential)s?$|token$/;
/** Words that name a secret by themselves. */
const SECRET_WORDS =
  /^(?:pin|pincode|passcode|o?auth|authori[sz]ation|bearer|card|cardnumber|cardno|cvv|cvc|iban|ssn|otp)s?$/;
/** Words that do so one after the other, together or apart. */
const SECRET_PAIRS =
  /^(?:pass(?:word|code|phrase)s?|securitycodes?|(?:api|access|private|secret|signing|encryption)keys?|(?:credit|debit|bank)cards?(?:number|no)?s?|(?:api|access|refresh|auth|session|bearer)tokens?)$/;
/** Words of which the last one says that the value is something about the secret. */
const ABOUT_SECRETS = /^(?:count|limit|length|size|type|usage)s?$/;

/** Whether a field, header or variable of this name holds a secret: `card_number`, `X-Api-Key`, `CLINIC_TOKEN`, `PINs`. */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  if (ABOUT_SECRETS.test(words.at(-1) ?? '')) return false;
  return words.some(
    (word, index) =>
      SECRET_PARTS.test(word) ||
      SECRET_WORDS.test(word) ||
      SECRET_PAIRS.test(word) ||
      SECRET_PAIRS.test(word + (words[index + 1] ?? '')),
  );
}

/** In lower case, without the figures that tell one field from the next. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z]{2})/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/);
}
