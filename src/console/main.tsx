import { render } from 'preact';
import { App } from './view/app.js';
import { DeskPhone } from './desk-phone.js';

const page = document.getElementById('page');
if (page) {
  const phone = new DeskPhone();
  render(<App phone={phone} />, page);
  phone.watchServer();
}
