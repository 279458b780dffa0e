// Written by `make types` from the records that the server answers with. Do not edit.

export interface AgreementReport {
  verdict: ReviewerAgreement;
  claims: ReviewerAgreement;
  by_part: ([string, ReviewerAgreement])[];
}

export interface AugmentAnswer {
  pair: string;
  seed: number;
  cells: CellView[];
}

export interface BoneView {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
  side: string;
}

export interface BulkAnswer {
  action: string;
  bulk: string;
  count: number;
  shown: ChangeView[];
  left: number;
  refused: RefusedView[];
}

export interface CaptionRowAnswer {
  row: Record<string, any>;
  file: string;
}

export interface CardView {
  id: string;
  dataset: string;
  split: string;
  key: string;
  label: string;
  view: string;
  source: string;
  model: string;
  original: JudgementView;
  state: StateView;
  edited: boolean;
  stale: boolean;
  reasons: string[];
  claims: ClaimMark[];
  problems: RowProblem[];
  pair: ReviewPair | null;
  derived: DerivedView[];
}

export type Cause = "sides exchanged" | "joints wrong" | "text contradicted by the bodies" | "words not understood" | "small change" | "near-duplicate target" | "text fits both" | "model" | "no joints";

export interface CauseChoice {
  cause: Cause;
  key: string;
  means: string;
}

export interface CellView {
  view: string;
  key: string;
  title: string;
  mirrored: boolean;
  pair: PairView;
  words: WordView[];
  problem: string;
  verdict: VerdictView | null;
}

export interface ChangeView {
  id: string;
  name: string;
  before: JudgementView;
  after: JudgementView;
}

export interface ChangesView {
  changes: string[];
}

export interface Choices {
  datasets: string[];
  splits: string[];
  models: string[];
  reviewers: string[];
}

export interface ClaimCheck {
  says: string;
  verdict: string;
  evidence: string;
}

export interface ClaimContrast {
  words: string;
  claim: string;
  on_target: Outcome;
  on_found: Outcome;
  evidence: string;
  found_evidence: string;
}

export interface ClaimMark {
  part: string;
  change: string;
  verdict: string;
  evidence: string;
  text_index: number;
  start: number;
  end: number;
}

export interface ClaimView {
  start: number;
  end: number;
  says: string;
  verdict: string;
  evidence: string;
}

export interface ClauseView {
  text: string;
  says: string[];
  rank: number;
  kept: number;
  target_rank: number;
}

export interface Conflict {
  field: string;
  base: string | null;
  theirs: string | null;
  mine: string | null;
  their_reviewer: string;
  my_reviewer: string;
}

export interface CorrectionView {
  query: string;
  cause: Cause | null;
  by: string;
}

export interface Count {
  labels: string[];
  value: number;
}

export interface DashboardAnswer {
  progress: Count[];
  errors: Count[];
  reasons: Count[];
  throughput: Count[];
  reviewers: ReviewerRow[];
  agreement: AgreementReport;
}

export type DatasetState = "ready" | "no_dataset" | "no_pairs" | "no_joints";

export interface DatasetView {
  state: DatasetState;
  problem: string;
  dataset: string;
}

export type Decision = "pending" | "accepted" | "rejected" | "skipped";

export interface DerivedView {
  id: string;
  key: string;
  stale: boolean;
}

export interface DescribeAnswer {
  pair: PairView;
  uploaded: boolean;
  seed: number;
  writer: string;
  stored: boolean;
  explanation: string;
  source: string;
  rows: PartView[];
  phrasings: string[];
  views: ViewTexts[];
  who: string;
  facts: FactView[];
}

export interface DescribeBoot {
  strip: StripView;
  parts: PartView[];
  groups: string[];
  model: ModelView | null;
  own: OwnPictures;
  review: boolean;
}

export type DeskState = "no_store" | "empty" | "ready" | "read_only" | "away";

export interface Emptiness {
  matching: number;
  elsewhere: number;
  skipped: number;
  without: Without[];
  unfiltered: number;
}

export type EngineState = "loading" | "ready" | "no_checkpoint" | "no_gallery" | "failed";

export interface EngineStatus {
  state: EngineState;
  message: string;
  model_name: string;
  fingerprint: string;
  gallery_name: string;
  gallery_size: number;
  scene: number;
  rendered: boolean;
}

export interface ErrorCase {
  query: string;
  text: string;
  rank: number;
  other_rank: number | null;
  reference: PictureView;
  target: PictureView;
  found: PictureView[];
  cause: Cause | null;
  reason: string;
  change_m: number | null;
  found_m: number | null;
  claims: ClaimContrast[];
  tells: number;
}

export interface ErrorJobAnswer {
  job: ErrorJobView | null;
  runs: KeptRun[];
}

export interface ErrorJobView {
  id: string;
  question: RunQuestion;
  state: JobState;
  step: string;
  done: number;
  total: number;
  problem: string;
  run: string;
  note: string;
}

export interface ErrorsBoot {
  dataset: DatasetView;
  splits: SplitChoice[];
  checkpoints: string[];
  joints: string[];
  causes: CauseChoice[];
  runs: KeptRun[];
  job: ErrorJobView | null;
  review: boolean;
}

export type EventKind = "import" | "save" | "restore" | "bulk" | "undo" | "opinion";

export interface ExampleView {
  picture: PictureView;
  text: string;
  pair: string;
}

export interface ExamplesView {
  note: string;
  examples: ExampleView[];
}

export interface ExchangedAnswer {
  rows: PartView[];
  texts: string[];
}

export interface ExplainAnswer {
  text: string;
  hit: string;
  rank: number;
  target_rank: number;
  first: number;
  clauses: ClauseView[];
}

export interface FactView {
  name: string;
  value: string;
}

export interface FilterChoice {
  value: string;
  label: string;
}

export interface FiltersView {
  person: FilterChoice[];
  camera: FilterChoice[];
  clip: FilterChoice[];
  source: FilterChoice[];
}

export interface FoundAnswer {
  items: CardView[];
  stats: Stats;
  why: Emptiness | null;
  total: number;
}

export interface GalleryJointsView {
  missing: number;
  advice: string;
  state: JobState | null;
  done: number;
  total: number;
  known: number;
  problem: string;
}

export interface HitPairAnswer {
  pair: PairView;
  parts: PartView[];
  reverse: string;
  explanation: string;
  estimated: boolean;
}

export interface HitView {
  rank: number;
  score: number;
  picture: PictureView;
  expected: boolean;
  checks: ClaimCheck[];
  met: number;
}

export interface ItemAnswer {
  item: CardView;
  history: RevisionView[];
}

export interface JobAnswer {
  job: JobView | null;
}

export type JobKind = "import" | "triage" | "export";

export interface JobReport {
  added: number;
  known: number;
  superseded: number;
  checked: number;
  contradicted: number;
  swapped: number;
  descriptions: number;
  texts: number;
  size: number;
  skipped: number;
  left: LeftOut[];
}

export type JobState = "running" | "done" | "failed" | "cancelled";

export interface JobView {
  id: string;
  kind: JobKind;
  state: JobState;
  name: string;
  step: string;
  done: number;
  total: number;
  problem: string;
  report: JobReport;
}

export interface JudgedAnswer {
  judged: boolean;
  claims: ClaimMark[];
  problems: RowProblem[];
}

export interface JudgementView {
  phrasings: string[];
  parts: ([string, string])[];
  verdict: Decision;
  flagged: boolean;
  reasons: Reason[];
  wrong_parts: string[];
  note: string;
  written: Source | null;
}

export interface KeptAnswer {
  kept: string[];
}

export interface KeptRun {
  id: string;
  question: RunQuestion;
  num_queries: number;
  num_failures: number;
  recall: Record<string, number>;
  kept_at: number;
  older: boolean;
}

export interface LabAnswer {
  before: SpaceBody;
  after: SpaceBody;
  sure: number[];
  made: MadeLimb[];
  read_as: string[];
  not_understood: string[];
  claims: LabClaim[];
  open: string;
  warning: string;
  plausible: boolean;
  drawing: number;
  turning: number;
}

export interface LabBone {
  start: number;
  end: number;
  limb: string;
  side: string;
}

export interface LabBoot {
  no_model: string;
  bones: LabBone[];
  limbs: string[];
  wishes: string[];
  acts: string[];
  strip: PosedStrip;
  most_pixels: number;
  most_motion: number;
}

export interface LabClaim {
  says: string;
  verdict: string;
  evidence: string;
}

export interface LabCommand {
  command: string;
  note: string;
}

export interface LabHit {
  rank: number;
  score: number;
  picture: PictureView;
}

export interface LabHits {
  hits: LabHit[];
  ranked: number;
  gallery: string;
  milliseconds: number;
}

export interface LabStartView {
  body: SpaceBody;
  picture: PictureView | null;
}

export interface LabTaken {
  joints: string;
  png: string;
}

export interface LeftOut {
  name: string;
  why: string;
}

export interface LimbCodeView {
  limb: string;
  codes: number[];
}

export interface LiveEventView {
  kind: string;
  view: string;
  stage: string;
  rows: PartView[];
  texts: string[];
  note: string;
}

export interface LiveNews {
  state: string;
  calls: number;
  cached: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: number | null;
  seconds: number;
  events: LiveEventView[];
  after: number;
}

export interface LiveRank {
  rank: number;
  of: number;
  why: string;
  waiting: boolean;
}

export interface LiveStarted {
  state: string;
  calls: number;
  cached: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: number | null;
  seconds: number;
  job: string;
}

export interface MadeLimb {
  limb: string;
  how: string;
}

export interface MirrorAnswer {
  texts: string[];
  refused: string[];
}

export interface MirrorDifference {
  derived: string;
  runs: RunView[];
  identical: boolean;
  removed: number;
  added: number;
}

export interface MirroredQuery {
  text: string;
  refused: string;
}

export interface ModelView {
  provider: string;
  model: string;
  version: string;
  key: string;
  visit: string;
}

export interface MotionView {
  path: string;
  name: string;
  frames: number;
  note: string;
}

export interface NearDuplicate {
  first: string;
  second: string;
  cosine: number;
  joints_m: number | null;
}

export interface NewsAnswer {
  sequence: number;
  news: NewsView[];
}

export interface NewsView {
  id: string;
  sequence: number;
  reviewer: string;
  fields: string[];
}

export interface NothingToSay {

}

export type Outcome = "supported" | "contradicted" | "unknown";

export interface OwnPictures {
  described: boolean;
  advice: string;
  most_pixels: number;
}

export interface PairView {
  id: string;
  reference: PictureView;
  target: PictureView;
}

export interface PartView {
  part: string;
  label: string;
  side: string;
  group: string;
  text: string;
}

export interface PartWishes {
  part: PartView;
  wishes: string[];
}

export interface PersonView {
  number: number;
  left: number;
  top: number;
  width: number;
  height: number;
  place: string;
  bones: BoneView[];
}

export interface PictureView {
  id: string;
  url: string;
  alt: string;
  caption: string;
  origin: string;
  bones: BoneView[];
  ratio: number;
}

export interface PieceAnswer {
  data: string;
  following: number;
}

export interface PlantedAnswer {
  planted: number;
}

export interface PosedStrip {
  total: number;
  offset: number;
  pictures: PictureView[];
}

export interface QueryCode {
  command: string;
  python: string;
  note: string;
}

export interface QueueAnswer {
  items: CardView[];
  stats: Stats;
  why: Emptiness | null;
}

export interface RawAnswerView {
  view: string;
  stage: string;
  attempt: number;
  problem: string;
  cached: boolean;
  model: string;
  text: string;
  input_tokens: number;
  output_tokens: number;
  seconds: number;
}

export interface RawAnswers {
  answers: RawAnswerView[];
}

export type Reason = "wrong side" | "wrong part" | "missing part" | "invented motion" | "wrong direction" | "wording" | "cannot tell";

export interface ReferenceAnswer {
  picture: PictureView;
}

export interface ReferencesView {
  total: number;
  offset: number;
  pictures: PictureView[];
}

export interface RefusedView {
  id: string;
  name: string;
  why: string;
}

export interface RegionList {
  regions: string[];
}

export interface RephraseAnswer {
  phrasings: string[];
  joined: boolean;
}

export interface RetrieveBoot {
  dataset: DatasetView;
  changes: string[];
  max_k: number;
  most_pixels: number;
  references: ReferencesView;
  examples: ExamplesView;
  status: EngineStatus;
  parts: PartWishes[];
}

export interface ReviewBoot {
  store: StoreView;
  reviewer: string;
  role: string;
  reasons: string[];
  parts: PartView[];
  views: string[];
  sources: string[];
  dataset: string;
  split: string;
  dataset_problem: string;
}

export interface ReviewCase {
  description: string;
  reason: string;
  rank: number;
  sent_by: string;
  verdict: Decision;
  edited: boolean;
}

export interface ReviewPair {
  id: string;
  reference: PictureView;
  target: PictureView;
  mirrored: boolean;
}

export interface ReviewerAgreement {
  alpha: number | null;
  units: number;
  ratings: number;
}

export interface ReviewerRow {
  reviewer: string;
  decisions: number;
  seconds_per_item: number | null;
  fast: number;
  errors: number;
  caught: number;
  gold: number;
  gold_right: number;
  warning: string;
}

export interface RevisionView {
  revision: number;
  kind: EventKind;
  reviewer: string;
  at: string;
  judgement: JudgementView;
}

export interface RowProblem {
  part: string;
  why: string;
  meant: string;
}

export interface RowVerdict {
  part: string;
  text: string;
  verdict: VerdictView | null;
  problem: RowProblem | null;
}

export interface RunAnswer {
  id: string;
  question: RunQuestion;
  num_queries: number;
  num_gallery: number;
  whole: boolean;
  folder: string;
  rows: RunRows;
  corrections: CorrectionView[];
  cases: ([string, ReviewCase])[];
  pictures: string[];
  places: ([number, number])[];
  duplicates: NearDuplicate[];
  skipped: string[];
}

export interface RunComparison {
  within: number;
  shared: number;
  fixed: string[];
  broken: string[];
  better: number;
  worse: number;
  p_value: number;
}

export interface RunQuestion {
  checkpoint: string;
  dataset: string;
  split: string;
  key: string;
  joints: string;
  beyond: number;
  file: string;
}

export interface RunRows {
  names: string[];
  id: string[];
  text: string[];
  rank: number[];
  reference: number[];
  target: number[];
  cause: number[];
  words: number[];
  parts: number[][];
  changes: number[][];
  person: number[];
  camera: number[];
  clip: number[];
  pose: number[];
  x: number[];
  y: number[];
}

export interface RunView {
  kind: string;
  text: string;
}

export interface SaveAnswer {
  sequence: number;
  merged: boolean;
  state: StateView;
}

export interface SavedToReview {
  id: string;
  revision: number;
  added: boolean;
  changed: boolean;
}

export interface SearchAnswer {
  text: string;
  hits: HitView[];
  ranked: number;
  excluded: number;
  milliseconds: number;
  truncated: string;
  target_rank: number;
  read_as: string[];
  not_understood: string[];
  warning: string;
  judged: boolean;
  status: EngineStatus;
}

export interface SentAnswer {
  query: string;
  case: ReviewCase;
}

export interface ShelfItem {
  name: string;
  title: string;
  card: string;
  megabytes: number;
  fingerprint: string;
  splits: string[];
}

export interface ShelfView {
  cards: string;
  datasets: ShelfItem[];
  checkpoints: ShelfItem[];
  galleries: ShelfItem[];
}

export type Source = "human" | "auto" | "mllm";

export interface SpaceBody {
  joints: ([number, number, number])[];
  codes: LimbCodeView[];
}

export interface SplitChoice {
  name: string;
  keys: string[];
}

export interface StateAnswer {
  state: StateView;
}

export interface StateView {
  revision: number;
  judgement: JudgementView;
  conflicts: Conflict[];
}

export interface Stats {
  descriptions: number;
  reviewed: number;
  accepted: number;
  edited: number;
  rejected: number;
  flagged: number;
  reviewers: number;
}

export interface StoreView {
  state: DeskState;
  problem: string;
  stats: Stats;
  choices: Choices;
}

export interface StripView {
  state: DatasetState;
  problem: string;
  dataset: string;
  total: number;
  offset: number;
  pairs: PairView[];
}

export interface TouchAnswer {
  before: SpaceBody;
  after: SpaceBody;
  touches: TouchRow[];
  refusal: string;
  not_used: string[];
  plausible: boolean;
}

export interface TouchLine {
  start: [number, number, number];
  end: [number, number, number];
}

export interface TouchRow {
  says: string;
  met: boolean;
  before: number;
  after: number;
  lines_before: TouchLine[];
  lines_after: TouchLine[];
}

export interface UploadAnswer {
  received: number;
}

export interface UploadView {
  path: string;
  width: number;
  height: number;
  picture: PictureView;
  note: string;
  problem: string;
  people: PersonView[];
}

export interface VerdictView {
  text: string;
  verdict: string;
  word: string;
  claims: ClaimView[];
  swapped: boolean;
}

export interface VerdictsAnswer {
  judged: boolean;
  rows: RowVerdict[];
  texts: VerdictView[];
  swapped: boolean;
}

export interface ViewTexts {
  view: string;
  texts: string[];
}

export interface WayView {
  sentence: string;
  body: SpaceBody;
  met: number;
  claims: number;
}

export interface WaysAnswer {
  known: boolean;
  note: string;
  nearest: string[];
  bodies: WayView[];
}

export interface Without {
  name: string;
  count: number;
}

export interface WordView {
  text: string;
  differs: boolean;
}

export interface Answers {
  augment: AugmentAnswer;
  caption_row: CaptionRowAnswer;
  check_upload: UploadView;
  describe: DescribeAnswer;
  describe_boot: DescribeBoot;
  describe_save: SavedToReview;
  engine_status: EngineStatus;
  errors_boot: ErrorsBoot;
  errors_cancel: NothingToSay;
  errors_case: ErrorCase;
  errors_compare: RunComparison;
  errors_correct: CorrectionView;
  errors_file: RunAnswer;
  errors_job: ErrorJobAnswer;
  errors_open: RunAnswer;
  errors_run: ErrorJobAnswer;
  errors_send: SentAnswer;
  example_cards: ExamplesView;
  exchange_sides: ExchangedAnswer;
  explain_query: ExplainAnswer;
  filter_choices: FiltersView;
  fitting_changes: ChangesView;
  gallery_joints: GalleryJointsView;
  gallery_joints_cancel: GalleryJointsView;
  gallery_joints_start: GalleryJointsView;
  hit_pair: HitPairAnswer;
  lab_act: WaysAnswer;
  lab_boot: LabBoot;
  lab_command: LabCommand;
  lab_find: LabHits;
  lab_motion: MotionView;
  lab_regions: RegionList;
  lab_start: LabStartView;
  lab_strip: PosedStrip;
  lab_take: LabTaken;
  lab_touch: TouchAnswer;
  lab_wish: LabAnswer;
  live_answers: RawAnswers;
  live_cancel: NothingToSay;
  live_poll: LiveNews;
  live_rank: LiveRank;
  live_start: LiveStarted;
  mirror_difference: MirrorDifference;
  mirror_query: MirroredQuery;
  pair_strip: StripView;
  query_code: QueryCode;
  reference_picture: ReferenceAnswer;
  reference_strip: ReferencesView;
  rephrase: RephraseAnswer;
  retrieve_boot: RetrieveBoot;
  review_boot: ReviewBoot;
  review_bulk: BulkAnswer;
  review_cancel: NothingToSay;
  review_dashboard: DashboardAnswer;
  review_export: JobAnswer;
  review_find: FoundAnswer;
  review_import: JobAnswer;
  review_item: ItemAnswer;
  review_job: JobAnswer;
  review_judge: JudgedAnswer;
  review_mirror: MirrorAnswer;
  review_news: NewsAnswer;
  review_next: QueueAnswer;
  review_piece: PieceAnswer;
  review_plant: PlantedAnswer;
  review_release: NothingToSay;
  review_renew: KeptAnswer;
  review_restore: StateAnswer;
  review_save: SaveAnswer;
  review_second: QueueAnswer;
  review_triage: JobAnswer;
  review_upload: UploadAnswer;
  search: SearchAnswer;
  shelf_list: ShelfView;
  verdicts: VerdictsAnswer;
}
