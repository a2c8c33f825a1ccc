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
}

export interface Subject {
  id: string;
  kind: string;
  standing: string;
  from: string;
  to: string;
  first: number;
  last: number;
  frame: number;
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
  likely?: number | null;
  needs: boolean;
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
  at: string;
}

export interface Question {
  id: string;
  before: Moment;
  after: Moment;
  answered?: boolean | null;
  text?: string;
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

export interface Rows {
  subjects: { id: string; runs: Run[] }[];
  corrections: { id: string; kind: string; runs: Run[] }[];
  cuts: number[];
  risk: number[];
}

export interface Correction {
  id: string;
  kind: string;
  subject?: string | null;
  keys?: [number, Box][];
  from?: number | null;
  to?: number | null;
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
  from: number;
  to: number;
  ended: { before: string; after: string };
}

export interface WorkItem {
  id: string;
  second: number;
  frame: number;
  score: number;
  reasons: string[];
  kind: "risk" | "finding" | "question";
  looked: { by: string; at: string; seconds: number }[];
}

export interface Worklist {
  items: WorkItem[];
  looked: number;
  total: number;
}

export interface Job {
  id: string;
  kind: string;
  reference: string;
  clip: string;
  state: "waiting" | "running" | "done" | "failed" | "stopped" | "interrupted";
  stage: string;
  done: number;
  total: number;
  left_s: number | null;
  result?: unknown;
  error?: { message: string; remedy: string; code?: string } | null;
  by: string;
  at: string;
}
