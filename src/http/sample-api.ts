import express, { type Router } from 'express';

const HOURS: Readonly<Record<string, string>> = {
  monday: '8 am to 6 pm',
  tuesday: '8 am to 6 pm',
  wednesday: '8 am to 1 pm',
  thursday: '10 am to 8 pm',
  friday: '8 am to 4 pm',
  saturday: 'closed',
  sunday: 'closed',
};

/**
 * A dental practice's systems as the example agent expects them. Mounted only beside the embedded model,
 * so that a first call can use a tool without any account.
 */
export function createSampleApi(): Router {
  const router = express.Router();
  router.use(express.json({ limit: '16kb' }));

  router.get('/hours', (request, response) => {
    const day = textOf(request.query['day']).trim().toLowerCase();
    const hours = HOURS[day];
    if (hours === undefined) response.status(404).json({ error: 'unknown day', known: Object.keys(HOURS) });
    else response.json({ day, hours });
  });

  router.post('/appointments', (request, response) => {
    const { name, day, time } = (request.body ?? {}) as Record<string, unknown>;
    const wanted = textOf(day).trim().toLowerCase();
    if (HOURS[wanted] === undefined || HOURS[wanted] === 'closed') {
      response.status(409).json({ booked: false, reason: `the practice is closed on ${wanted || 'that day'}` });
      return;
    }
    response.status(201).json({ booked: true, name: textOf(name), day: wanted, time: textOf(time) });
  });

  return router;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
