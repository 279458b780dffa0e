// The skeleton on its way from the reference to the target: a slider, and a button that plays it.
import { Icon } from "../../web/icons.js";
import { between, calm, eased } from "../../web/morph.js";
import { Component, html } from "../../web/view.js";

const LASTS = 1400;

/** @extends {Component<{ pair: import("../../web/types").ReviewPair }, { share: number }>} */
export class Transition extends Component {
  state = { share: 0 };
  frame = 0;

  componentWillUnmount() {
    cancelAnimationFrame(this.frame);
  }

  play = () => {
    cancelAnimationFrame(this.frame);
    if (calm()) {
      this.setState({ share: this.state.share > 0.5 ? 0 : 1 });
      return;
    }
    const begun = performance.now();
    const step = (/** @type {number} */ now) => {
      const share = Math.min(1, (now - begun) / LASTS);
      this.setState({ share: eased(share) });
      if (share < 1) this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  };

  render() {
    const { reference, target } = this.props.pair;
    const [from, to] = [reference.bones, target.bones];
    if (!from.length || from.length !== to.length) return html`These pictures have no joints.`;
    const { share } = this.state;
    return html`<div class="ac-morph">
      <svg viewBox="0 0 100 100" aria-hidden="true">
        ${from.map((bone, i) => {
          const { side, ...ends } = between(bone, to[i], share);
          return html`<line class=${`ac-bone ac-${side || "mid"}`} ...${ends} />`;
        })}
      </svg>
      <div class="ac-row">
        <button type="button" class="ac-button" onclick=${this.play} title="Play the transition">
          <${Icon} name="play" />Play
        </button>
        <input
          type="range"
          min="0"
          max="100"
          value=${Math.round(100 * share)}
          aria-label="Way from the reference to the target, in percent"
          oninput=${(/** @type {any} */ e) => this.setState({ share: e.currentTarget.value / 100 })}
        />
      </div>
    </div>`;
  }
}
