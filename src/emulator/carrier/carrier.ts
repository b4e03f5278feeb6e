import { once } from 'node:events';
import { createServer } from 'node:http';
import { listen } from '../../listen.js';
import type { PhoneCall } from '../phone/phone-call.js';
import type { Callee, CalleeBehaviour } from './callee.js';
import type { CarrierCall } from './carrier-call.js';
import { Network, type CarrierMessage, type CarrierOptions, type CarrierRefusal, type PlaceOrder } from './network.js';
import { createRestApi } from './rest-api.js';

/** A carrier on this machine: Twilio's REST API in front of telephones that a test holds. Disposing hangs everything up. */
export interface Carrier extends AsyncDisposable {
  /** Base URL of the REST API, as `TWILIO_API_BASE_URL` takes it. */
  readonly url: string;
  readonly calls: readonly CarrierCall[];
  readonly messages: readonly CarrierMessage[];
  /** Connects a telephone to a number or SIP address. Calls to any other fail. */
  connect(address: string, behaviour?: CalleeBehaviour): Callee;
  /** Calls a server as `placeCall` does; the call is known to the API, and may be put through to other telephones. */
  placeCall(order: PlaceOrder): PhoneCall;
  refuse(refusal: CarrierRefusal): void;
}

/** Starts a carrier on a free port of this machine. */
export async function startCarrier(options: CarrierOptions): Promise<Carrier> {
  const network = new Network(options);
  const server = createServer(createRestApi(network));
  const port = await listen(server, { port: 0, host: '127.0.0.1' });
  return {
    url: `http://127.0.0.1:${port}`,
    calls: network.calls,
    messages: network.messages,
    connect: (address, behaviour = {}) => network.connect(address, behaviour),
    placeCall: (order) => network.placeCall(order),
    refuse: (refusal) => void network.refusals.push({ ...refusal }),
    async [Symbol.asyncDispose]() {
      await network.hangUpAll();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
