// What a command of `latch evidence` leaves behind: a file, what it is, and how to look at it.

export interface Artefact {
  file: string;
  what: string;
  /** A command, or what to open it with. */
  open: string;
}
