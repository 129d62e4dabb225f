import type ts from 'typescript';
import { NotCarriedOver, shortened } from '../reading.js';
import type { Compiler } from './program.js';

/** What code can say without being run. */
export type Value = string | number | boolean | null | undefined | Date | Value[] | { [name: string]: Value };

const DEEPEST = 50;

/** Works out expressions of literals, constants and enums, through as many files as it takes; runs no code. */
export class Evaluator {
  constructor(
    private readonly compiler: Compiler,
    private readonly checker: ts.TypeChecker,
  ) {}

  /** @throws NotCarriedOver naming the part that only running it would tell */
  valueOf(node: ts.Expression, depth = 0): Value {
    const { compiler } = this;
    const inner = (expression: ts.Expression) => this.valueOf(expression, depth + 1);
    if (depth > DEEPEST) throw unknown(node);
    if (compiler.isStringLiteralLike(node)) return node.text;
    if (compiler.isNumericLiteral(node)) return Number(node.text.replaceAll('_', ''));
    if (node.kind === compiler.SyntaxKind.TrueKeyword) return true;
    if (node.kind === compiler.SyntaxKind.FalseKeyword) return false;
    if (node.kind === compiler.SyntaxKind.NullKeyword) return null;
    if (compiler.isParenthesizedExpression(node) || compiler.isAsExpression(node)) return inner(node.expression);
    if (compiler.isSatisfiesExpression(node) || compiler.isNonNullExpression(node)) return inner(node.expression);
    if (compiler.isTemplateExpression(node)) {
      return node.templateSpans.reduce(
        (text, span) => text + this.text(span.expression, depth) + span.literal.text,
        node.head.text,
      );
    }
    if (compiler.isPrefixUnaryExpression(node)) return this.unary(node, inner);
    if (compiler.isBinaryExpression(node)) return this.binary(node, inner);
    if (compiler.isArrayLiteralExpression(node)) return node.elements.map(inner);
    if (compiler.isObjectLiteralExpression(node)) return this.object(node, inner);
    if (compiler.isNewExpression(node)) return this.date(node, inner);
    if (compiler.isIdentifier(node) && node.text === 'undefined') return undefined;
    if (compiler.isIdentifier(node) || compiler.isPropertyAccessExpression(node)) return this.named(node, depth);
    if (compiler.isElementAccessExpression(node)) {
      return memberOf(inner(node.expression), this.text(node.argumentExpression, depth), node);
    }
    throw unknown(node);
  }

  private text(node: ts.Expression, depth: number): string {
    const value = this.valueOf(node, depth + 1);
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    throw unknown(node);
  }

  private unary(node: ts.PrefixUnaryExpression, inner: (node: ts.Expression) => Value): Value {
    const value = inner(node.operand);
    if (node.operator === this.compiler.SyntaxKind.MinusToken && typeof value === 'number') return -value;
    if (node.operator === this.compiler.SyntaxKind.PlusToken && typeof value === 'number') return value;
    if (node.operator === this.compiler.SyntaxKind.ExclamationToken) return !value;
    throw unknown(node);
  }

  private binary(node: ts.BinaryExpression, inner: (node: ts.Expression) => Value): Value {
    const { SyntaxKind } = this.compiler;
    const [left, right] = [inner(node.left), inner(node.right)];
    const kind = node.operatorToken.kind;
    if (kind === SyntaxKind.PlusToken && typeof left === 'string' && typeof right === 'string') return left + right;
    if (typeof left !== 'number' || typeof right !== 'number') throw unknown(node);
    if (kind === SyntaxKind.PlusToken) return left + right;
    if (kind === SyntaxKind.MinusToken) return left - right;
    if (kind === SyntaxKind.AsteriskToken) return left * right;
    if (kind === SyntaxKind.SlashToken) return left / right;
    throw unknown(node);
  }

  private object(node: ts.ObjectLiteralExpression, inner: (node: ts.Expression) => Value): Value {
    const members: [string, Value][] = [];
    for (const property of node.properties) {
      if (this.compiler.isSpreadAssignment(property)) {
        const spread = inner(property.expression);
        if (typeof spread !== 'object' || spread === null || Array.isArray(spread) || spread instanceof Date)
          throw unknown(node);
        members.push(...Object.entries(spread));
      } else if (this.compiler.isPropertyAssignment(property) && !this.compiler.isComputedPropertyName(property.name)) {
        members.push([nameIn(property.name), inner(property.initializer)]);
      } else if (this.compiler.isShorthandPropertyAssignment(property)) {
        members.push([
          property.name.text,
          this.declared(this.checker.getShorthandAssignmentValueSymbol(property), property.name, 1),
        ]);
      } else throw unknown(property);
    }
    return Object.fromEntries(members);
  }

  private date(node: ts.NewExpression, inner: (node: ts.Expression) => Value): Value {
    const [given, ...others] = node.arguments ?? [];
    if (node.expression.getText() !== 'Date' || given === undefined || others.length > 0) throw unknown(node);
    const value = inner(given);
    // A text without an offset would be read in the zone of whoever reads it.
    if (typeof value === 'number' || (typeof value === 'string' && /(?:Z|[+-]\d\d:?\d\d)$/.test(value)))
      return new Date(value);
    throw unknown(node);
  }

  private named(node: ts.Identifier | ts.PropertyAccessExpression, depth: number): Value {
    const symbol = this.checker.getSymbolAtLocation(node);
    if (!this.compiler.isPropertyAccessExpression(node)) return this.declared(symbol, node, depth);
    try {
      return this.declared(symbol, node, depth);
    } catch (error) {
      if (!(error instanceof NotCarriedOver)) throw error;
      return this.member(node, depth, error);
    }
  }

  /** A member of a constant object. @throws the `reason` where it is none */
  private member(node: ts.PropertyAccessExpression, depth: number, reason: NotCarriedOver): Value {
    try {
      return memberOf(this.valueOf(node.expression, depth + 1), node.name.text, node);
    } catch (error) {
      throw error instanceof NotCarriedOver ? reason : error;
    }
  }

  /** What a constant, a member of an enum or a static readonly member was declared to be. */
  private declared(symbol: ts.Symbol | undefined, node: ts.Node, depth: number): Value {
    const { compiler, checker } = this;
    const isAlias = symbol !== undefined && (symbol.flags & compiler.SymbolFlags.Alias) !== 0;
    const declaration = (isAlias ? checker.getAliasedSymbol(symbol) : symbol)?.valueDeclaration;
    if (declaration === undefined) throw unknown(node);
    if (compiler.isEnumMember(declaration)) {
      const value = checker.getConstantValue(declaration);
      if (value !== undefined) return value;
    }
    if (!compiler.isVariableDeclaration(declaration) && !compiler.isPropertyDeclaration(declaration))
      throw unknown(node);
    const isConstant = compiler.isVariableDeclaration(declaration)
      ? (compiler.getCombinedNodeFlags(declaration) & compiler.NodeFlags.Const) !== 0
      : hasAll(compiler, declaration, [compiler.SyntaxKind.StaticKeyword, compiler.SyntaxKind.ReadonlyKeyword]);
    if (!isConstant || declaration.initializer === undefined || !compiler.isIdentifier(declaration.name))
      throw unknown(node);
    return this.valueOf(declaration.initializer, depth + 1);
  }
}

const hasAll = (compiler: Compiler, node: ts.PropertyDeclaration, kinds: readonly ts.SyntaxKind[]): boolean =>
  kinds.every((kind) => compiler.getModifiers(node)?.some((modifier) => modifier.kind === kind));

const nameIn = (name: ts.PropertyName): string => ('text' in name ? name.text : name.getText());

function memberOf(value: Value, name: string, node: ts.Node): Value {
  if (typeof value === 'object' && value !== null && !(value instanceof Date) && Object.hasOwn(value, name)) {
    return (value as Record<string, Value>)[name];
  }
  throw unknown(node);
}

const unknown = (node: ts.Node): NotCarriedOver =>
  new NotCarriedOver(
    `has ${JSON.stringify(shortened(node.getText().replaceAll(/\s+/g, ' '), 80))}, which only running it would tell`,
  );
