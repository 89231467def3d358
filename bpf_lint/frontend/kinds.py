"""Numbers of libclang's cursor, type and operator kinds that the front end tells apart."""

from __future__ import annotations

from typing import Final

STRUCT_DECL: Final = 2
UNION_DECL: Final = 3
ENUM_DECL: Final = 5
FIELD_DECL: Final = 6
ENUM_CONSTANT: Final = 7
FUNCTION_DECL: Final = 8
VAR_DECL: Final = 9
PARM_DECL: Final = 10
TYPEDEF_DECL: Final = 20

TYPE_REF: Final = 43
MEMBER_REF: Final = 47
LABEL_REF: Final = 48

FIRST_EXPR: Final = 100
UNEXPOSED_EXPR: Final = 100
DECL_REF: Final = 101
MEMBER: Final = 102
CALL: Final = 103
INTEGER: Final = 106
FLOATING: Final = 107
STRING: Final = 109
CHARACTER: Final = 110
PAREN: Final = 111
UNARY: Final = 112
SUBSCRIPT: Final = 113
BINARY: Final = 114
COMPOUND_ASSIGN: Final = 115
CONDITIONAL: Final = 116
CAST: Final = 117
COMPOUND_LITERAL: Final = 118
INIT_LIST: Final = 119
ADDRESS_OF_LABEL: Final = 120
STATEMENT_EXPR: Final = 121
GENERIC: Final = 122
SIZEOF: Final = 136
LAST_EXPR: Final = 199

UNEXPOSED_STMT: Final = 200
LABEL: Final = 201
COMPOUND: Final = 202
CASE: Final = 203
DEFAULT: Final = 204
IF: Final = 205
SWITCH: Final = 206
WHILE: Final = 207
DO: Final = 208
FOR: Final = 209
GOTO: Final = 210
INDIRECT_GOTO: Final = 211
CONTINUE: Final = 212
BREAK: Final = 213
RETURN: Final = 214
ASM: Final = 215
NULL_STMT: Final = 230
DECL_STMT: Final = 231

UNEXPOSED_ATTR: Final = 400  # any attribute that libclang has no kind for
ASM_LABEL: Final = 407

UNARY_OPS: Final = {
    1: "post++",
    2: "post--",
    3: "++",
    4: "--",
    5: "&",
    6: "*",
    7: "+",
    8: "-",
    9: "~",
    10: "!",
    11: "__real",
    12: "__imag",
    13: "__extension__",
}

BINARY_OPS: Final = {
    3: "*",
    4: "/",
    5: "%",
    6: "+",
    7: "-",
    8: "<<",
    9: ">>",
    11: "<",
    12: ">",
    13: "<=",
    14: ">=",
    15: "==",
    16: "!=",
    17: "&",
    18: "^",
    19: "|",
    20: "&&",
    21: "||",
    22: "=",
    23: "*=",
    24: "/=",
    25: "%=",
    26: "+=",
    27: "-=",
    28: "<<=",
    29: ">>=",
    30: "&=",
    31: "^=",
    32: "|=",
    33: ",",
}


def is_expression(kind: int) -> bool:
    """True for cursors of expressions."""
    return FIRST_EXPR <= kind <= LAST_EXPR
