/**
 * Whether a caller's number is withheld: Twilio's words for that, and the numbers that spell such a word on some routes.
 * Source: Twilio, "Why am I getting calls from these strange numbers?"
 */
export function isWithheld(number: string): boolean {
  return (
    /^(?:|anonymous|restricted|unavailable|unknown|private)$/i.test(number) ||
    /^\+?(?:266696687|7378742833|2562533|8656696|86282452253|464)$/.test(number)
  );
}
