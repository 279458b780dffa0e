// What a visitor takes along: the hits as a file, the query as code, a picture of the result.
import { Component, html } from "../../web/view.js";
import { csvOf, handOver, jsonOf } from "./hits_out.js";
import { drawResult } from "./share.js";
import { linkOf } from "./state.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */

/** @param {string} content @param {string} type */
const file = (content, type) => new Blob([content], { type });

/** @extends {Component<{ state: State, actions: Actions }, { said: string, code: string }>} */
export class TakeOut extends Component {
  state = { said: "", code: "" };

  /** @param {string} said @param {string} [code] shown where it could not be copied */
  say = (said, code = "") => this.setState({ said, code });

  csv = () => {
    const { answer } = this.props.state;
    if (answer) handOver("hits.csv", file(csvOf(answer), "text/csv"));
  };

  json = () => {
    const { state } = this.props;
    if (!state.answer) return;
    const content = jsonOf(state.answer, linkOf(state));
    handOver("hits.json", file(content, "application/json"));
  };

  picture = async () => {
    const blob = await drawResult(this.props.state).catch(() => null);
    if (blob) handOver("result.png", blob);
    else this.say("The picture could not be drawn: one of the pictures did not load.");
  };

  /** @param {"command" | "python"} kind */
  copy = async (kind) => {
    const found = await this.props.actions.code();
    if (!found.ok) {
      this.say(found.error);
      return;
    }
    const note = found.note ? ` ${found.note}` : "";
    try {
      await navigator.clipboard.writeText(found[kind]);
      this.say(`Copied.${note}`);
    } catch {
      this.say(`The browser does not let the page copy; select it here.${note}`, found[kind]);
    }
  };

  render() {
    const { said, code } = this.state;
    const button = (
      /** @type {string} */ name,
      /** @type {() => void} */ act,
      words = name,
    ) => html`
      <button type="button" class="ac-button" data-take=${name} onclick=${act}>${words}</button>
    `;
    return html`
      <details class="ac-fold ac-take">
        <summary>Take along</summary>
        <div class="ac-row">
          ${button("csv", this.csv, "Hits as CSV")} ${button("json", this.json, "Hits as JSON")}
          ${button("command", () => this.copy("command"), "Copy as command")}
          ${button("python", () => this.copy("python"), "Copy as Python")}
          ${button("picture", this.picture, "Picture to share")}
        </div>
        <p class="ac-quiet" role="status">${said}</p>
        ${code && html`<pre class="ac-code" tabindex="0">${code}</pre>`}
      </details>
    `;
  }
}
