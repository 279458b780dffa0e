// One query in full: its pictures, its claims, its cause, and what to do about it.
import { Icon } from "../../web/icons.js";
import { Photo } from "../../web/parts.js";
import { html } from "../../web/view.js";
import { causeOf } from "./state.js";

/** @typedef {import("./state").State} State */
/** @typedef {import("./actions").Actions} Actions */
/** @typedef {{ state: State, actions: Actions }} Props */
/** @typedef {import("../../web/types").PictureView} PictureView */

/** @param {{ picture: PictureView, label: string }} props */
const Figure = ({ picture, label }) => html`
  <figure>
    ${
      picture.url
        ? html`<${Photo} picture=${picture} />`
        : html`<div class="ac-photo ac-nothumb"></div>`
    }
    <figcaption><b>${label}</b><span>${picture.caption || picture.id}</span></figcaption>
  </figure>
`;

/** @param {{ verdict: string, says: string }} props */
const Verdict = ({ verdict, says }) => html`
  <span class="ac-vicon" data-verdict=${verdict} role="img" aria-label=${verdict}>
    <${Icon} name=${/** @type {any} */ (verdict)} />
  </span>
  <span>${says}</span>
`;

/** @param {import("../../web/types").ClaimContrast} claim */
const tellsApart = (claim) => claim.on_target === "supported" && claim.on_found !== "supported";

/** @param {{ detail: import("./state").ErrorCase }} props */
const Claims = ({ detail: { claims, tells } }) =>
  claims.length > 0 &&
  html`
    <h3>${`${tells} of ${claims.length} claims tell target and first hit apart`}</h3>
    <table class="ac-claims">
      <thead><tr><th scope="col">Claim</th><th scope="col">Target</th>
        <th scope="col">First hit</th></tr></thead>
      <tbody>
        ${claims.map(
          (claim) => html`
            <tr class=${tellsApart(claim) ? "ac-tells" : ""}>
              <th scope="row"><q>${claim.words}</q><small>${claim.claim}</small></th>
              <td><${Verdict} verdict=${claim.on_target} says=${claim.evidence} /></td>
              <td><${Verdict} verdict=${claim.on_found} says=${claim.found_evidence} /></td>
            </tr>
          `,
        )}
      </tbody>
    </table>
  `;

/** @param {Props} props */
const Cause = ({ state, actions }) => {
  const { run, boot, at, detail, corrections } = state;
  if (!run || !boot || !detail || run.rows.cause[at] < 0) return null;
  const stands = causeOf(state, at);
  const seen = corrections[detail.query];
  return html`
    <section aria-label="Cause">
      <h3>Cause</h3>
      <p data-reason>
        <b>${boot.causes[stands].cause}</b>${" "}
        ${seen ? `as ${seen.by} saw it. Computed: ${detail.cause}. ` : ""}${detail.reason}.
      </p>
      <div class="ac-causes" role="group" aria-label="Correct the cause">
        ${boot.causes.map(
          ({ cause, key, means }, place) => html`
            <button
              key=${key}
              type="button"
              class="ac-chipbutton"
              data-correct=${key}
              aria-pressed=${String(place === stands)}
              title=${means}
              onclick=${() => actions.correct(place)}
            >
              <kbd>${key}</kbd> ${cause}
            </button>
          `,
        )}
      </div>
    </section>
  `;
};

/** @param {State} state */
function since({ run, at, cases, now, detail }) {
  if (!run || !detail || !cases[detail.query]) return "";
  const sent = cases[detail.query];
  const here = run.rows.rank[at];
  const then = `Sent to review at rank ${sent.rank} by ${sent.sent_by}; ${sent.verdict}`;
  const edited = sent.edited ? ", text edited" : "";
  const again = here === sent.rank ? "" : ` In this run it is at rank ${here}.`;
  const why = now?.why ? ` No rank now: ${now.why}` : "";
  const live = now?.rank ? ` The studio ranks it ${now.rank} of ${now.of} now.` : why;
  return `${then}${edited}.${again}${live}`;
}

/** @param {Props} props */
const Send = ({ state, actions }) => {
  const { boot, detail, cases, run, at } = state;
  if (!boot?.review || !detail || !run) return null;
  const sent = cases[detail.query];
  const succeeds = sent && run.rows.rank[at] <= run.question.beyond;
  return html`
    <section aria-label="Review">
      <div class="ac-row">
        <button type="button" class="ac-button ac-solid" data-send onclick=${actions.send}>
          ${sent ? "Send to review again" : "Send to review"} <kbd>s</kbd>
        </button>
        ${
          sent &&
          html`<span class="ac-pill" data-succeeds=${String(succeeds)}>
          ${succeeds ? "succeeds now" : "still fails"}
        </span>`
        }
      </div>
      <p class="ac-quiet" data-since>${since(state)}</p>
    </section>
  `;
};

/** @param {number | null} metres */
const apart = (metres) => (metres === null ? "unknown" : `${metres.toFixed(2)} m`);

/** @param {Props} props */
export const Case = (props) => {
  const { run, at, detail, said } = props.state;
  if (!run || at < 0)
    return html`<section class="ac-case" aria-label="Query"><p class="ac-quiet">
      Choose a query of the list.
    </p></section>`;
  if (!detail)
    return html`<section class="ac-case" aria-label="Query" aria-busy="true">
      <p class="ac-quiet">Opening …</p>
    </section>`;
  const [first, ...others] = detail.found;
  return html`
    <section class="ac-case" aria-label="Query" data-case=${detail.query}>
      <p class="ac-casetext" dir="auto">${detail.text}</p>
      <p class="ac-quiet">
        ${`Target at rank ${detail.rank} of ${run.num_gallery - 1}`}
        ${detail.other_rank ? `; at rank ${detail.other_rank} in other words` : ""}
        ${`; it is ${apart(detail.change_m)} from the reference`}
        ${first ? ` and ${apart(detail.found_m)} from the first hit` : ""}
      </p>
      <div class="ac-casepictures">
        <${Figure} picture=${detail.reference} label="Reference" />
        <${Figure} picture=${detail.target} label=${`Target, rank ${detail.rank}`} />
        ${first && html`<${Figure} picture=${first} label="Found instead" />`}
      </div>
      ${
        others.length > 0 &&
        html`<div class="ac-casemore">
          ${others.map((picture) => html`<${Figure} picture=${picture} label="Next hit" />`)}
        </div>`
      }
      <${Cause} ...${props} />
      <${Claims} detail=${detail} />
      <${Send} ...${props} />
      <p class="ac-quiet" role="status" data-saidhere>${said}</p>
    </section>
  `;
};
