func checkSyntax(_ tree: SyntaxTree) throws(Diagnostic) {}
