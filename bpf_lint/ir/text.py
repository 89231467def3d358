"""Text form of the IR, for people and for tests."""

from __future__ import annotations

from bpf_lint.ir import nodes as ir


def format_function(function: ir.Function) -> str:
    """Return the listing of a function: a head line, then its blocks."""
    names = _register_names(function)
    parameters = ", ".join(_parameter(p, names) for p in function.parameters)
    result = _width(function.result_bits, function.result_signed)
    lines = [f"function {function.name}({parameters}) -> {result}"]
    if function.section:
        lines.append(f"  section {function.section}")
    lines += [f"  tag {tag}" for tag in function.tags]
    lines += [f"  local {local.name}: {local.bits}" for local in function.locals]
    for number, block in enumerate(function.blocks):
        lines.append(f"b{number}:")
        lines += [f"  {format_instruction(i, names)}" for i in block.instructions]
        lines.append(f"  {format_terminator(block.end, names)}")
    return "\n".join(lines) + "\n"


def format_instruction(node: ir.Instruction, names: tuple[str, ...] = ()) -> str:
    """Return one instruction as text."""
    match node:
        case ir.Set():
            return f"{_reg(node.reg, names)} = {format_expr(node.value, names)}"
        case ir.Store():
            address = format_expr(node.address, names)
            return f"[{address}]:{node.bits} = {format_expr(node.value, names)}"
        case ir.Copy():
            target = format_expr(node.target, names)
            return f"copy [{target}] <- [{format_expr(node.source, names)}]:{node.bits}"
        case ir.Clear():
            word = "zero" if node.zero else "undefined"
            return f"{word} [{format_expr(node.address, names)}]:{node.bits}"
        case ir.Call():
            return _call(node, names)
        case ir.Havoc():
            parts = [_reg(r, names) for r in node.regs]
            parts += [f"[{format_expr(a, names)}]:{bits}" for a, bits in node.addresses]
            return f"havoc {', '.join(parts)} ({node.reason})"


def format_terminator(node: ir.Terminator, names: tuple[str, ...] = ()) -> str:
    """Return the end of a block as text."""
    match node:
        case ir.Jump():
            return f"jump b{node.target}"
        case ir.Branch():
            return f"if {format_expr(node.condition, names)} b{node.then} else b{node.otherwise}"
        case ir.Switch():
            cases = " ".join(_case(*case) for case in node.cases)
            return f"switch {format_expr(node.value, names)} {cases} default b{node.default}"
        case ir.Return():
            if node.value is None:
                return "return"
            return f"return {format_expr(node.value, names)}"
        case ir.Trap():
            return "trap"


def format_expr(node: ir.Expr, names: tuple[str, ...] = ()) -> str:
    """Return an expression as text."""
    match node:
        case ir.Const():
            return str(node.value)
        case ir.Symbol():
            return f"{node.name}({node.value})"
        case ir.Reg():
            return _reg(node.index, names)
        case ir.Local():
            return f"&{node.name}"
        case ir.Global() | ir.FunctionAddress():
            return f"@{node.name}"
        case ir.Field():
            return f"{format_expr(node.base, names)}+{node.bits}<{node.name}>"
        case ir.Index():
            index = format_expr(node.index, names)
            return f"{format_expr(node.base, names)}[{index}*{node.stride}]"
        case ir.Load():
            address = format_expr(node.address, names)
            return f"load{_width(node.bits, node.signed)}({address})"
        case ir.Unary():
            return f"{node.op}({format_expr(node.operand, names)})"
        case ir.Binary():
            left = format_expr(node.left, names)
            right = format_expr(node.right, names)
            return f"({left} {node.op}{_width(node.bits, node.signed)} {right})"
        case ir.Cast():
            return f"({_width(node.bits, node.signed)}){format_expr(node.operand, names)}"
        case ir.Opaque():
            return f"?{node.reason}?"


def _register_names(function: ir.Function) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    names = []
    for index, name in enumerate(function.reg_names):
        if not name:
            names.append(f"%{index}")
            continue
        seen[name] = seen.get(name, 0) + 1
        names.append(f"%{name}" if seen[name] == 1 else f"%{name}.{seen[name]}")
    return tuple(names)


def _reg(index: int, names: tuple[str, ...]) -> str:
    return names[index] if index < len(names) else f"%{index}"


def _width(bits: int, signed: bool) -> str:
    return f"{'s' if signed else 'u'}{bits}" if bits else "void"


def _parameter(parameter: ir.Parameter, names: tuple[str, ...]) -> str:
    width = _width(parameter.bits, parameter.signed)
    if parameter.reg >= 0:
        return f"{_reg(parameter.reg, names)}: {width}"
    return f"&{parameter.local}: {width}"


def _case(low: int, high: int, block: int) -> str:
    return f"{low}:b{block}" if low == high else f"{low}..{high}:b{block}"


def _call(node: ir.Call, names: tuple[str, ...]) -> str:
    if node.helper >= 0:
        callee = f"helper {node.helper}"
    elif node.pointer is not None:
        callee = f"*({format_expr(node.pointer, names)})"
    else:
        callee = node.callee
    arguments = ", ".join(format_expr(a, names) for a in node.arguments)
    text = f"call {callee}({arguments})"
    if node.result_address is not None:
        return f"[{format_expr(node.result_address, names)}]:{node.bits} = {text}"
    if node.result >= 0:
        return f"{_reg(node.result, names)} = {text}"
    return text


def stored_in(address: ir.Expr) -> str:
    """What the source calls the memory at an address: a member or variable, else ""."""
    if isinstance(address, ir.Index):
        return stored_in(address.base)
    return address.name if isinstance(address, (ir.Field, ir.Local, ir.Global)) else ""
