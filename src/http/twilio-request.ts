import type { Request, Response } from 'express';

/** Twilio's fields; the query is the webhook url's own, or, on a GET, Twilio's too. The signature covers both. */
export function fieldsOf(request: Request): Readonly<Record<string, unknown>> {
  return { ...request.query, ...formOf(request) };
}

export function formOf(request: Request): Readonly<Record<string, string | string[]>> {
  return (request.body ?? {}) as Record<string, string | string[]>;
}

export function sendTwiml(response: Response, twiml: string): void {
  response.type('text/xml').send(twiml);
}
