/** What is known of the account whose calls these are, as the environment gives it. It holds secrets: never log it. */
export interface TwilioAccount {
  accountSid?: string;
  /** Each of them verifies signatures; empty when Twilio is not configured. */
  authTokens: readonly string[];
  apiKeySid?: string;
  apiKeySecret?: string;
  /** Where requests go instead of Twilio: a proxy or a stand-in. */
  apiBaseUrl?: string;
}

/** What a request to Twilio proves itself with, and where it goes. */
export interface TwilioCredentials {
  accountSid?: string | undefined;
  /** An API key, preferred over the auth token. */
  apiKeySid?: string | undefined;
  apiKeySecret?: string | undefined;
  authToken?: string | undefined;
  /** Where requests go instead of Twilio: a proxy or a stand-in. */
  baseUrl?: string | undefined;
}
