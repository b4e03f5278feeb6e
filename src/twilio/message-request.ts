import { WebhookError } from '../errors.js';

/** A file that came with a message. */
interface MessageMedia {
  url: string;
  /** As Twilio gives it. */
  contentType: string;
}

/** A text message that somebody sent to one of our numbers: Twilio's messaging webhook, as far as it is used. */
export interface MessageRequest {
  messageSid: string;
  accountSid: string;
  from: string;
  to: string;
  text: string;
  media: MessageMedia[];
}

/** Source: Twilio, "Accepted content types for media": a message has at most ten files. */
const MAX_MEDIA = 10;
/** Twilio joins the parts of a long message, up to this. Source: Twilio, Message resource, `Body`. */
const MAX_TEXT_CHARS = 1_600;

/** TwiML that sends nothing back. */
export const NO_REPLY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

/**
 * Reads the fields of the messaging webhook.
 * @param fields form or query fields; Twilio's are all strings, and a field given twice counts as absent
 * @throws WebhookError `FIELDS_MISSING`, 400
 */
export function parseMessageRequest(fields: Readonly<Record<string, unknown>>): MessageRequest {
  const text = (name: string): string => {
    const value = fields[name];
    return typeof value === 'string' ? value : '';
  };
  const missing = ['MessageSid', 'AccountSid', 'From'].filter((name) => text(name) === '');
  if (missing.length > 0) throw new WebhookError('FIELDS_MISSING', `missing form fields: ${missing.join(', ')}`, 400);
  const count = Math.min(Number(/^\d{1,3}$/.exec(text('NumMedia'))?.[0] ?? 0), MAX_MEDIA);
  return {
    messageSid: text('MessageSid'),
    accountSid: text('AccountSid'),
    from: text('From'),
    to: text('To'),
    text: text('Body').trim().slice(0, MAX_TEXT_CHARS),
    media: Array.from({ length: count }, (_, index) => ({
      url: text(`MediaUrl${index}`),
      contentType: text(`MediaContentType${index}`),
    })),
  };
}
