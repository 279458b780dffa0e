// The queries of this browser, to ask again.
import { read, write } from "../../web/storage.js";
import { Component, html } from "../../web/view.js";
import { needsPicture } from "./asks.js";
import { extras, KEY, readQueries, remember, STOOD } from "./queries.js";
import { linkOf } from "./state.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */

/** @typedef {import("./queries").Asked} Asked */

/** @extends {Component<{ state: State, actions: Actions }, { list: Asked[] }>} */
export class PastQueries extends Component {
  state = { list: readQueries(read(KEY, [])) };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer = undefined;

  /** @param {{ state: State }} before */
  componentDidUpdate(before) {
    const { state } = this.props;
    if (state.answer === before.state.answer) return;
    clearTimeout(this.timer);
    // A picture of the visitor's own is on the server for a while, and never in this list.
    const own = needsPicture(state.asks) && state.reference?.upload;
    if (!state.answer || own) return;
    const fields = linkOf(state);
    this.timer = setTimeout(() => this.keep(fields), STOOD);
  }

  componentWillUnmount() {
    clearTimeout(this.timer);
  }

  /** @param {import("./queries").Fields} fields */
  keep(fields) {
    // Another window may have added to it.
    this.put(remember(readQueries(read(KEY, [])), fields, Date.now()));
  }

  /** @param {import("./queries").Asked[]} list */
  put(list) {
    write(KEY, list.length > 0 ? list : null);
    this.setState({ list });
  }

  render() {
    const { list } = this.state;
    if (list.length === 0) return null;
    return html`
      <details class="ac-fold ac-past">
        <summary>Earlier queries: ${list.length}</summary>
        <ol>
          ${list.map(
            ({ fields, at }) => html`
              <li key=${at}>
                <button
                  type="button"
                  class="ac-link"
                  title=${new Date(at).toLocaleString()}
                  onclick=${() => this.props.actions.ask(fields)}
                >
                  ${fields.text || "Pictures like this one"}
                </button>
                <small>${[fields.image, extras(fields)].filter(Boolean).join(", ")}</small>
              </li>
            `,
          )}
        </ol>
        <button type="button" class="ac-link" data-forget onclick=${() => this.put([])}>
          Forget them
        </button>
        <p class="ac-quiet">Kept in this browser only.</p>
      </details>
    `;
  }
}
