// Finds and reads board descriptions: boards/NAME/board.json of the package, or a path to
// somebody's own.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { z } from "zod";
import { messageOf, ToolError } from "../base/error.ts";
import { packageRoot } from "../base/package.ts";
import { type Board, boardSchema } from "./schema.ts";

const boardsFolder = join(packageRoot, "boards");

/** Names of the boards that come with the package, sorted. */
export function boardNames(): string[] {
  return readdirSync(boardsFolder)
    .filter((name) => existsSync(join(boardsFolder, name, "board.json")))
    .sort();
}

/**
 * The board of that name, or of that path if it ends in .json.
 * Errors: UNKNOWN_BOARD with the names there are; BAD_INPUT with the field that is wrong.
 */
export function loadBoard(nameOrPath: string): Board {
  const isPath = nameOrPath.endsWith(".json");
  const path = isPath ? resolve(nameOrPath) : join(boardsFolder, nameOrPath, "board.json");
  if (!existsSync(path)) {
    throw new ToolError(
      "UNKNOWN_BOARD",
      isPath
        ? `no board description at ${nameOrPath}`
        : `no board named ${nameOrPath}; there are: ${boardNames().join(", ")} (or a path to a board.json)`,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new ToolError("BAD_INPUT", `${path} is not JSON: ${messageOf(error)}`);
  }
  const parsed = boardSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0] as z.core.$ZodIssue;
    throw new ToolError(
      "BAD_INPUT",
      `${path}: ${issue.path.join(".") || "board"}: ${issue.message}`,
    );
  }
  return { ...parsed.data, folder: dirname(path) };
}

/** All boards of the package. */
export function loadBoards(): Board[] {
  return boardNames().map(loadBoard);
}
