// Where page code gets preact and htm from. Strings become text nodes and attribute values, never
// markup: `dangerouslySetInnerHTML` is not used anywhere in the page.
import htm from "./vendor/htm.js";
import { Component, createRef, Fragment, h, render } from "./vendor/preact.js";

/** Markup as a template: html`<p class="ac-quiet">${words}</p>` */
export const html = htm.bind(h);

export { Component, createRef, Fragment, h, render };
