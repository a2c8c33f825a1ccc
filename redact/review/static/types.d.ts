/** What the server answers, as the page reads it. The calls themselves are documented at /api. */

export type Box = [number, number, number, number];
export type Verdict = "visible" | "hidden";

export interface Me {
  account: string;
  name: string;
  roles: string[];
  may: string[];
  idle_s: number;
  csrf?: string;
  told?: string[];
}

export interface Task {
  task?: string;
  text: string;
}

export interface Timeline {
  frames: number;
  width: number;
  height: number;
  fps_text: string;
  times_us: number[];
  duration_us: number;
  pixel_aspect: number;
  damaged: number[];
  sound: number;
}

export interface Subject {
  id: string;
  kind: string;
  standing: string;
  group: string;
  from: string;
  to: string;
  first: number;
  last: number;
  frame: number;
  time: string;
  place: Box;
  point: [number, number] | null;
  looks: number;
  score: number;
  verdict: Verdict | null;
  ground: string | null;
  reason: string | null;
  name: string | null;
  by: string | null;
  at: string | null;
  needs: boolean;
  covered?: number | null;
}

export interface Subjects {
  revision: number;
  subjects: Subject[];
}

export interface Ground {
  ground: string;
  words: string;
  verdict: Verdict;
}

export interface Moment {
  subject: string;
  frame: number;
  place: Box;
  time: string;
}

export interface Question {
  id: string;
  kind: "same" | "covered";
  before: Moment;
  after: Moment;
  matters: boolean;
  sentence: string;
  answered: boolean | null;
}

export type PlanBox = [number, number, number, number, string, string, string, string];

export interface PlanFrame {
  i: number;
  boxes: PlanBox[];
}

export interface Plan {
  revision: number;
  frames: PlanFrame[];
  warnings: string[];
}

export type Run = [number, number, string];

export interface CoveredRow {
  id: string;
  frames: number;
  hidden: number;
  runs: Run[];
}

export interface Rows {
  covered: CoveredRow[];
  subjects: { id: string; runs: Run[] }[];
  corrections: { id: string; what: string; first: number; last: number; subject: string }[];
  cuts: number[];
  risk: number[];
}

export interface Correction {
  id: string;
  kind: string;
  subject: string;
  keys: [number, Box][];
  first: number;
  last: number;
  from: string | null;
  to: string | null;
  reason: string;
  by: string;
  at: string;
}

export interface Corrections {
  revision: number;
  corrections: Correction[];
}

export interface Followed {
  keys: [number, Box][];
  first: number;
  last: number;
  before: string;
  after: string;
  ended: [string, string];
}

export interface WorkItem {
  id: string;
  second: number;
  frame: number;
  score: number;
  reasons: string[];
  kind: "risk" | "finding" | "question";
  looked: { by: string; name: string; at: string; seconds: number }[];
}

export interface Worklist {
  items: WorkItem[];
  looked: number;
  total: number;
}

export interface ClipFacts {
  sha256: string;
  name: string;
  size_bytes: number;
  camera: string;
  duration_s: number | null;
  notes: string[];
  scan: { done: boolean; at: string | null; by: string | null };
  copy: { state: "none" | "made" | "withheld" | "stale"; at: string | null; by: string | null };
  jobs: Job[];
  sitting: { why: string; opened: string } | null;
}

export interface Job {
  id: string;
  kind: string;
  reference: string;
  clip: string;
  state: "waiting" | "running" | "done" | "failed" | "stopped" | "interrupted";
  words: string;
  stage: string;
  share: number;
  left_s: number | null;
  may_go_on: boolean;
  result?: unknown;
  error?: { message: string; remedy: string; code?: string } | null;
  by: string;
  at: string;
}
