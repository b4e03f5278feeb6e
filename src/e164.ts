/** A telephone number: a plus, a country code, at most fifteen digits. Source: ITU-T E.164. */
export const E164 = /^\+[1-9]\d{6,14}$/;
