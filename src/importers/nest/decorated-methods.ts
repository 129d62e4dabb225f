import type ts from 'typescript';
import { shortened, type ReadingBuilder } from '../reading.js';
import { exportOf, type Compiler, type SourceProgram } from './program.js';

export type Kind = 'Cron' | 'Interval' | 'Timeout';

/** A decorator of @nestjs/schedule at a method. */
export interface DecoratedMethod {
  kind: Kind;
  /** `Class.method`. */
  name: string;
  /** The file and the line. */
  where: string;
  text: string;
  given: readonly ts.Expression[];
}

const KINDS: readonly string[] = ['Cron', 'Interval', 'Timeout'] satisfies Kind[];
const REGISTERING = ['addCronJob', 'addInterval', 'addTimeout'];

/** Finds each use of the decorators, by whatever name or file it comes; a use that is no decorator of a method is told. */
export class MethodFinder {
  readonly methods: DecoratedMethod[] = [];
  private readonly understood = new Set<ts.Node>();

  constructor(
    private readonly compiler: Compiler,
    private readonly program: SourceProgram,
    private readonly reading: ReadingBuilder,
  ) {}

  find(): DecoratedMethod[] {
    for (const file of this.program.files) {
      const fault = this.program.syntaxFaultOf(file);
      if (fault !== undefined)
        this.reading.leave({ where: this.program.pathOf(file), entry: '' }, `cannot be read whole: ${fault}`);
      this.visit(file);
    }
    return this.methods;
  }

  private visit(node: ts.Node): void {
    const { compiler } = this;
    if (compiler.isMethodDeclaration(node)) this.method(node);
    if (compiler.isIdentifier(node) && !isName(compiler, node)) this.use(node);
    if (isLoading(compiler, node)) this.tell(node, 'loads @nestjs/schedule where nobody can see what of it is used');
    compiler.forEachChild(node, (child) => this.visit(child));
  }

  private method(node: ts.MethodDeclaration): void {
    const { compiler } = this;
    for (const decorator of compiler.getDecorators(node) ?? []) {
      const call = decorator.expression;
      if (!compiler.isCallExpression(call)) continue;
      const kind = this.kindOf(call.expression);
      if (kind === null) continue;
      this.understood.add(
        compiler.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression,
      );
      const owner = compiler.isClassLike(node.parent) ? (node.parent.name?.text ?? 'a class without a name') : '?';
      const isStatic = compiler.getModifiers(node)?.some((each) => each.kind === compiler.SyntaxKind.StaticKeyword);
      if (isStatic) this.tell(decorator, 'is at a static method, which Nest skips');
      else {
        const name = `${owner}.${node.name.getText()}`;
        this.methods.push({
          kind,
          name,
          where: this.placeOf(decorator),
          text: textOf(decorator),
          given: call.arguments,
        });
      }
    }
  }

  private use(node: ts.Identifier): void {
    const found = this.exportAt(node);
    if (found === null || this.understood.has(node)) return;
    if (found.package === 'cron' && found.name === 'CronJob') {
      const isMade =
        this.compiler.isNewExpression(node.parent) || this.compiler.isPropertyAccessExpression(node.parent);
      if (isMade) this.tell(node.parent, 'makes a job in code that runs');
    } else if (REGISTERING.includes(found.name)) this.tell(node.parent.parent, 'adds a job in code that runs');
    else if (KINDS.includes(found.name))
      this.tell(node.parent, `uses ${found.name} other than as a decorator of a method`);
  }

  private kindOf(callee: ts.Expression): Kind | null {
    const name = this.compiler.isPropertyAccessExpression(callee) ? callee.name : callee;
    const found = this.exportAt(name);
    return found?.package === '@nestjs/schedule' && KINDS.includes(found.name) ? (found.name as Kind) : null;
  }

  private exportAt(node: ts.Node): { package: string; name: string } | null {
    const { compiler } = this;
    const { checker } = this.program;
    const symbol = checker.getSymbolAtLocation(node);
    const isAlias = symbol !== undefined && (symbol.flags & compiler.SymbolFlags.Alias) !== 0;
    return exportOf((isAlias ? checker.getAliasedSymbol(symbol) : symbol)?.declarations?.[0]);
  }

  private tell(node: ts.Node, reason: string): void {
    this.reading.leave({ where: this.placeOf(node), entry: textOf(node) }, reason);
  }

  private placeOf(node: ts.Node): string {
    const file = node.getSourceFile();
    return `${this.program.pathOf(file)}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
  }
}

const textOf = (node: ts.Node): string => shortened(node.getText().replaceAll(/\s+/g, ' '), 120);

/** Names that only bring something into a file, or out of it. */
const isName = (compiler: Compiler, { parent }: ts.Identifier): boolean =>
  compiler.isImportSpecifier(parent) ||
  compiler.isExportSpecifier(parent) ||
  compiler.isImportClause(parent) ||
  compiler.isTypeReferenceNode(parent);

/** `require('@nestjs/schedule')` and `import('@nestjs/schedule')`. */
function isLoading(compiler: Compiler, node: ts.Node): boolean {
  if (!compiler.isCallExpression(node)) return false;
  const [path] = node.arguments;
  if (path === undefined || !compiler.isStringLiteralLike(path) || path.text !== '@nestjs/schedule') return false;
  return node.expression.kind === compiler.SyntaxKind.ImportKeyword || node.expression.getText() === 'require';
}
