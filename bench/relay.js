// The yardstick: the least that anything on `ws` can do between two WebSockets. It forwards each message as a string
// and reads nothing; the strings are only padded or cut to the sizes that the bridge's own messages have.
// node relay.js <port> <url of the model> <characters caller → model> <characters model → caller>
import { WebSocket, WebSocketServer } from 'ws';

const [port, modelUrl, toModelChars, toCallerChars] = process.argv.slice(2);
const server = new WebSocketServer({ port: Number(port), host: '127.0.0.1', perMessageDeflate: false });

server.on('connection', (caller) => {
  const model = new WebSocket(modelUrl, { perMessageDeflate: false });
  const early = [];
  caller.on('message', (data) => {
    if (model.readyState === WebSocket.OPEN) model.send(data.toString().padEnd(toModelChars));
    else early.push(data.toString());
  });
  model.on('open', () => early.forEach((text) => model.send(text)));
  model.on('message', (data) => caller.send(data.toString().slice(0, toCallerChars)));
  caller.on('close', () => model.close());
  model.on('close', () => caller.close());
  model.on('error', () => caller.close());
});
