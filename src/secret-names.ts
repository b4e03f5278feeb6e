/** Words that make a name that of a secret, wherever in it they stand. */
const SECRET_WORDS: ReadonlySet<string> = new Set([
  ...[
    'password',
    'passwd',
    'passcode',
    'passphrase',
    'pwd',
    'pin',
    'secret',
    'token',
    'authorization',
    'auth',
    'bearer',
  ],
  ...['credential', 'credentials', 'cookie', 'apikey', 'card', 'cardnumber', 'creditcard', 'cvv', 'cvc', 'iban', 'ssn'],
]);
/** Words that do so before `key`. */
const KEY_WORDS: ReadonlySet<string> = new Set(['api', 'access', 'private', 'secret', 'signing', 'encryption']);

/** Whether a field, header or variable of this name holds a secret: `card_number`, `X-Api-Key`, `CLINIC_TOKEN`. */
export function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return words.some(
    (word, index) => SECRET_WORDS.has(word) || (/^keys?$/.test(word) && KEY_WORDS.has(words[index - 1] ?? '')),
  );
}
