// Who wrote a text, and whether somebody changed it here.
import { html } from "../../web/view.js";
import { amount, money } from "./live_state.js";
import { edited } from "./state.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./desk").Desk} Desk */
/** @typedef {import("../../web/types").RawAnswerView} RawAnswer */

/** @param {RawAnswer} answer */
const costOf = ({ cached, input_tokens: sent, output_tokens: got, seconds }) =>
  cached ? "stored answer" : `${sent.toLocaleString("en")} + ${amount(got, "token")}, ${seconds} s`;

/** Raw answers, as the model wrote them. @param {{ answers: RawAnswer[] }} props */
const Raw = ({ answers }) => html`
  <div class="ac-raw">
    ${answers.map(
      (answer) => html`
        <section>
          <h3>
            ${`${answer.view} · ${answer.stage} · attempt ${answer.attempt}`}
            <span>${costOf(answer)}</span>
          </h3>
          ${answer.problem && html`<p class="ac-inline-error">Sent back: ${answer.problem}</p>`}
          <pre tabindex="0">${answer.text}</pre>
        </section>
      `,
    )}
    ${!answers.length && html`<p class="ac-quiet">No answer yet.</p>`}
  </div>
`;

/** @param {State} state @returns {[string, string][]} */
function liveFacts({ boot, live: { end } }) {
  const model = boot?.model;
  /** @type {[string, string][]} */
  const facts = [
    ["Provider", model?.provider ?? ""],
    ["Model", model?.model ?? ""],
    ["Caption key", "mllm"],
    ["Version", model?.version ?? ""],
  ];
  if (!end) return facts;
  const { calls, cached, input_tokens: sent, output_tokens: got, cost_usd: cost } = end;
  facts.push(["Calls", `${calls}${cached ? `, ${cached} stored answers` : ""}`]);
  if (calls) {
    const tokens = `${sent.toLocaleString("en")} in, ${got.toLocaleString("en")} out`;
    facts.push(["Tokens", tokens], ["Price", money(cost)]);
  }
  return [...facts, ["Seconds", String(end.seconds)]];
}

/** @param {State} state @returns {{ who: string, facts: [string, string][] }} */
function authorOf(state) {
  if (state.writer === "model") {
    const who = `a multimodal model, ${state.boot?.model?.model ?? ""}`;
    return { who, facts: liveFacts(state) };
  }
  const { who = "", facts = [] } = state.answer ?? {};
  return { who, facts: facts.map(({ name, value }) => [name, value]) };
}

/** @param {{ state: State, desk: Desk }} props */
export const Who = ({ state, desk }) => {
  const { who, facts } = authorOf(state);
  const { working, told, raw } = state.live;
  if (!who || (working && state.live.place === null)) return html`<div class="ac-who"></div>`;
  return html`
    <div class="ac-who">
      <details>
        <summary>
          Who wrote this: <span>${who}</span>${" "}
          <i data-edited>${edited(state) ? "edited here" : ""}</i>
        </summary>
        <dl>
          ${facts
            .filter(([, value]) => value)
            .map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}
        </dl>
        ${
          state.writer === "model" &&
          told &&
          html`
            <button type="button" class="ac-mini" onclick=${desk.jobs.showRaw}>
              Show the raw answers
            </button>
            ${raw && html`<${Raw} answers=${raw} />`}
          `
        }
      </details>
    </div>
  `;
};
