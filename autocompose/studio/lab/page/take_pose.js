// What a visitor takes along: the pose as joints, a picture of it, the wish as a command.
import { Component, html } from "../../web/view.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */

/** @param {string} name @param {Blob} blob */
function handOver(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** @param {string} text base 64 */
const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** @extends {Component<{ state: State, actions: Actions }, { said: string, code: string }>} */
export class TakePose extends Component {
  state = { said: "", code: "" };

  /** @param {"joints" | "png"} kind */
  file = async (kind) => {
    const found = await this.props.actions.taken();
    if (!found.ok) {
      this.setState({ said: found.error, code: "" });
      return;
    }
    if (kind === "joints") {
      const blob = new Blob([found.joints], { type: "application/json" });
      handOver("pose.joints.json", blob);
    } else {
      handOver("pose.png", new Blob([bytesOf(found.png)], { type: "image/png" }));
    }
    this.setState({ said: "Saved.", code: "" });
  };

  copy = async () => {
    const found = await this.props.actions.command();
    if (!found.ok) {
      this.setState({ said: found.error, code: "" });
      return;
    }
    const note = found.note ? ` ${found.note}` : "";
    try {
      await navigator.clipboard.writeText(found.command);
      this.setState({ said: `Copied.${note}`, code: found.command });
    } catch {
      const said = `The browser does not let the page copy; select it here.${note}`;
      this.setState({ said, code: found.command });
    }
  };

  render() {
    const { said, code } = this.state;
    return html`
      <details class="ac-fold ac-take">
        <summary>Take along</summary>
        <div class="ac-row">
          <button
            type="button"
            class="ac-button"
            data-take="joints"
            onclick=${() => this.file("joints")}
          >
            Pose as joints.json
          </button>
          <button type="button" class="ac-button" data-take="png" onclick=${() => this.file("png")}>
            Pose as PNG
          </button>
          <button type="button" class="ac-button" data-take="command" onclick=${this.copy}>
            Copy as command
          </button>
        </div>
        <p class="ac-quiet" role="status">${said}</p>
        ${code && html`<pre class="ac-code" tabindex="0">${code}</pre>`}
      </details>
    `;
  }
}
