/**
 * What a module's text imports and names, by the syntax tree that Deno's linter hands to plugins:
 * comments do not count.
 *
 * @module
 */

/** One import, or export from another module. */
export interface Import {
  readonly specifier: string;
  readonly kind: "static" | "dynamic";
}

/** What stands in a module. */
export interface ModuleText {
  readonly imports: readonly Import[];
  /** Every identifier: variables, types and members alike. */
  readonly names: readonly string[];
  /** Every string, the specifiers of imports included. */
  readonly strings: readonly string[];
}

/** Reads a module; works within `deno test` alone, as `Deno.lint.runPlugin` does. */
export function readModule(path: string, text: string): ModuleText {
  const imports: Import[] = [];
  const names: string[] = [];
  const strings: string[] = [];
  const add = (source: { value: unknown } | null | undefined): void => {
    if (typeof source?.value === "string") {
      imports.push({ specifier: source.value, kind: "static" });
    }
  };
  const create = (): Deno.lint.LintVisitor => ({
    ImportDeclaration: ({ source }) => add(source),
    ExportNamedDeclaration: ({ source }) => add(source),
    ExportAllDeclaration: ({ source }) => add(source),
    ImportExpression: ({ range }) =>
      void imports.push({ specifier: text.slice(...range), kind: "dynamic" }),
    TSImportType: ({ range }) =>
      void imports.push({ specifier: text.slice(...range), kind: "dynamic" }),
    Identifier: ({ name }) => void names.push(name),
    Literal: ({ value }) => {
      if (typeof value === "string") strings.push(value);
    },
    TemplateElement: ({ cooked }) => void strings.push(cooked),
  });
  Deno.lint.runPlugin({ name: "reader", rules: { read: { create } } }, path, text);
  return { imports, names, strings };
}
