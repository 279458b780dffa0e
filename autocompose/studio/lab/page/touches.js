// Touches: what the words say touches, and pairs of parts that a visitor chooses; met or refused.
import { Icon } from "../../web/icons.js";
import { Notice } from "../../web/parts.js";
import { Component, html } from "../../web/view.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */

/**
 * @param {{ id: string, label: string, value: string, regions: string[],
 *   onPick: (r: string) => void }} props
 */
const Region = ({ id, label, value, regions, onPick }) => html`
  <label class="ac-sr" for=${id}>${label}</label>
  <select
    id=${id}
    value=${value}
    onchange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ { currentTarget }) =>
      onPick(currentTarget.value)}
  >
    ${regions.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
  </select>
`;

/**
 * Two parts to choose.
 *
 * @extends {Component<{ regions: string[], onAdd: (pair: string) => void },
 *   { a: string, b: string }>}
 */
class Pair extends Component {
  state = { a: "left hand", b: "right knee" };

  render() {
    const { regions, onAdd } = this.props;
    const { a, b } = this.state;
    return html`
      <div class="ac-row ac-touchpair">
        <${Region}
          id="ac-touch-a"
          label="One part"
          value=${a}
          regions=${regions}
          onPick=${(/** @type {string} */ name) => this.setState({ a: name })}
        />
        <span aria-hidden="true">to</span>
        <${Region}
          id="ac-touch-b"
          label="The other part"
          value=${b}
          regions=${regions}
          onPick=${(/** @type {string} */ name) => this.setState({ b: name })}
        />
        <button
          type="button"
          class="ac-button"
          data-addtouch
          onclick=${() => onAdd(`${a}:${b}`)}
        >
          Add
        </button>
      </div>
    `;
  }
}

/** @param {{ row: import("../../web/types").TouchRow }} props */
const Row = ({ row: { says, met, before, after } }) => html`
  <li data-met=${String(met)}>
    <i class="ac-vicon" data-verdict=${met ? "supported" : "contradicted"} aria-hidden="true">
      <${Icon} name=${met ? "supported" : "contradicted"} />
    </i>
    <span>
      <b>${says}</b>
      <small>
        ${met ? `met: ${before} → ${after} cm` : `refused: ${before} → ${after} cm at best`}
      </small>
    </span>
  </li>
`;

/** @param {{ state: State, actions: Actions }} props */
export const Touches = ({ state, actions }) => {
  const { regions, touches, touched, touching, noTouch } = state;
  if (regions.length === 0) return null;
  return html`
    <details class="ac-fold ac-touches" open=${touches.length > 0 || touched !== null}>
      <summary>Touches</summary>
      <p class="ac-quiet">
        What the words say touches is brought together, and pairs that you add. Left and right are
        the subject's own.
      </p>
      <${Pair} regions=${regions} onAdd=${(/** @type {string} */ pair) =>
        actions.act({ kind: "touch", pair })} />
      <ul class="ac-taken">
        ${touches.map(
          (pair) => html`
            <li key=${pair} data-touch=${pair}>
              <span>${pair.replace(":", " to ")}</span>
              <button
                type="button"
                class="ac-mini"
                aria-label=${`Leave out ${pair.replace(":", " to ")}`}
                onclick=${() => actions.act({ kind: "touch", pair })}
              >
                Leave out
              </button>
            </li>
          `,
        )}
      </ul>
      <div class="ac-row">
        <button
          type="button"
          class="ac-button"
          data-maketouch
          disabled=${touching || state.busy}
          onclick=${actions.touch}
        >
          Make them touch
        </button>
        ${
          touched &&
          html`
            <button
              type="button"
              class="ac-button ac-ghost"
              data-untouch
              onclick=${() => actions.act({ kind: "untouch" })}
            >
              Back to the body before
            </button>
          `
        }
        <span class="ac-quiet" role="status">${touching ? "Turning the body …" : ""}</span>
      </div>
      ${noTouch && html`<${Notice} kind="warn">${noTouch}<//>`}
      ${
        touched &&
        html`
          <ul class="ac-labclaims" aria-label="What touches">
            ${touched.touches.map((row) => html`<${Row} key=${row.says} row=${row} />`)}
          </ul>
          ${touched.refusal && html`<p class="ac-labopen" data-refusal>${touched.refusal}</p>`}
          ${
            touched.not_used.length > 0 &&
            html`<p class="ac-quiet">No region of a body: ${touched.not_used.join(", ")}.</p>`
          }
          ${
            !touched.plausible &&
            html`
              <${Notice} kind="warn">
                Nobody could stand like that: parts run into each other, or the body would fall.
              <//>
            `
          }
        `
      }
    </details>
  `;
};
