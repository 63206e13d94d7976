// A wording stands on one line, so that it can be read and compared as it is spoken.
// swift-format-ignore-file: LineLength

/// What the facts sound like in Chinese: one line each, spoken, 15 to 40 characters a sentence.
///
/// A wording is used where all its `{slots}` have a value; one that begins with `~` only where no other fits.
/// 可以考虑, never an order; a loss is met with understanding before it is counted.
enum ChineseWordings {
    static let all = head.merging(answers) { $1 }.merging(whatIf) { $1 }.merging(good) { $1 }
        .merging(context) { $1 }.merging(concerns) { $1 }.merging(actions) { $1 }.merging(gaps) { $1 }

    private static let head: [String: [String]] = [
        "head.gain": [
            "你好呀，我是小美。你手上这{count}只基金现在一共{total}，整体是赚着的，浮盈{pl}，折合{rate}。",
            "嗨，我是小美，你的持仓我都看过啦。{count}只加在一起是{total}，账面浮盈{pl}，算下来有{rate}。",
            "你好，我是小美，先说个让人安心的。你的持仓合计{total}，账面上赚了{pl}，也就是{rate}。",
            "你好呀，我是小美，持仓收到啦。现在一共{total}，比本金多了{pl}，折合{rate}，账面是正的。",
            "~你好呀，我是小美。你的持仓现在一共{total}，整体是赚着的，浮盈{pl}。",
        ],
        "head.loss": [
            "你好呀，我是小美。先抱抱你，账户亏着的时候，谁心里都不好受。你这{count}只现在一共{total}，浮亏{pl}，折合{rate}。",
            "嗨，我是小美。看到亏损会难受，这很正常，咱们一起慢慢理。{count}只合计{total}，账面浮亏{pl}，也就是{rate}。",
            "你好，我是小美，这段时间拿着不容易，辛苦啦。你的持仓加起来是{total}，浮亏{pl}，算下来是{rate}。",
            "~你好呀，我是小美。先抱抱你，账户亏着的时候，谁心里都不好受。现在一共{total}，浮亏{pl}。",
        ],
        "head.partial_gain": [
            "你好呀，我是小美。你这{count}只现在一共{total}，看得到成本的部分是赚着的，浮盈{pl}，折合{rate}。",
            "嗨，我是小美。{count}只加在一起是{total}，其中有成本可算的那部分，账面浮盈{pl}，也就是{rate}。",
        ],
        "head.partial_loss": [
            "你好呀，我是小美。你这{count}只现在一共{total}，看得到成本的部分浮亏{pl}，也就是{rate}，心里不好受很正常。",
            "嗨，我是小美，咱们一起慢慢理。{count}只加在一起是{total}，有成本可算的那部分浮亏{pl}，折合{rate}。",
        ],
        "head.even_gain": [
            "你好呀，我是小美。你这{count}只现在一共{total}，和本金差不多，账面小赚{pl}。",
            "嗨，我是小美，你的持仓我看完啦。{count}只合计{total}，基本打平，比本金多了{pl}。",
        ],
        "head.even_loss": [
            "你好呀，我是小美。你这{count}只现在一共{total}，离回本只差一小步，账面小亏{pl}。",
            "嗨，我是小美，你的持仓我看完啦。{count}只合计{total}，基本打平，比本金少了{pl}。",
        ],
        "head.plain": [
            "你好呀，我是小美。你这{count}只加在一起，现在一共{total}。",
            "嗨，我是小美，你的持仓我都看过啦，{count}只合计{total}。",
        ],
        "head.mixed": [
            "你好呀，我是小美，你的持仓我看过啦。这{count}只用的不是同一种货币，我手边没有汇率，就不硬加成一个总数了，免得误导你。",
            "嗨，我是小美。你这{count}只分在不同的货币里，没有汇率我不敢乱加，所以先一只一只地说，各算各的。",
        ],
        "head_one.gain": [
            "你好呀，我是小美。你手上的{name}现在值{total}，账面浮盈{pl}，折合{rate}。",
            "嗨，我是小美，先说个让人安心的。{name}现在值{total}，账面上赚了{pl}，也就是{rate}。",
        ],
        "head_one.loss": [
            "你好呀，我是小美。先抱抱你，亏着的时候谁心里都不好受。{name}现在值{total}，浮亏{pl}，也就是{rate}。",
            "嗨，我是小美，这段时间拿着不容易，辛苦啦。{name}现在值{total}，账面浮亏{pl}，折合{rate}。",
        ],
        "head_one.even_gain": ["你好呀，我是小美。{name}现在值{total}，和本金差不多，账面小赚{pl}。"],
        "head_one.even_loss": ["你好呀，我是小美。{name}现在值{total}，离回本只差一小步，账面小亏{pl}。"],
        "head_one.plain": [
            "你好呀，我是小美。你手上的{name}我看到啦，现在值{total}。", "嗨，我是小美。{name}现在值{total}，我来帮你看一看。",
        ],
        "head_follow": ["好的，咱们接着聊。", "嗯，我又对了一遍你的持仓。", "收到，我再帮你看一眼。"],
        "head_ask": [
            "你好呀，我是小美，持仓收到啦，先说你问的这一处。", "嗨，我是小美，你的持仓我看过啦，咱们先看你问的。",
        ],
        "total.gain": ["放到整个账户里看，一共{total}，浮盈{pl}。", "整个账户现在是{total}，账面浮盈{pl}。"],
        "total.loss": ["放到整个账户里看，一共{total}，浮亏{pl}。", "整个账户现在是{total}，账面浮亏{pl}。"],
        "total.plain": ["放到整个账户里看，现在一共{total}。", "整个账户加起来是{total}。"],
    ]

    private static let good: [String: [String]] = [
        "best": [
            "贡献最多的是{name}，一只就带来{pl}，是你的功臣。", "{name}最争气，账面已经赚了{pl}，收益率{rate}。",
            "目前出力最多的是{name}，浮盈{pl}。",
        ],
        "best.only": ["眼下赚着的是{name}，账面浮盈{pl}。", "还好有{name}撑着，账面赚了{pl}。"],
        "all_win": ["难得的是，每一只都在赚，没有谁拖后腿。", "而且每一只账面上都是赚的，这一点挺难得。"],
        "winners": ["数一数，{winners}只在赚，{losers}只在亏，赚的更多。"],
        "benchmark_ahead": ["和{name}比，同期领先了{excess}，这一段走得不差。", "同期比{name}多出{excess}，这点值得肯定。"],
        "day_gain": ["最近一天账面又多了{pl}。", "最近一天是涨的，多了{pl}。"],
        "recovered": ["那次跌下去的后来也慢慢补回来了，只是要花些时间。", "好在最深的那个坑后来填上了，耐心起了作用。"],
        "cushion": [
            "货币基金占了{share}，像块安心垫，急用钱也不慌。", "你还留了一块货币基金，急用钱时不必动别的，这步留得好。",
            "有一块放在货币基金里，心里会踏实不少。",
        ],
        "calm_base": ["大头放在债券上，整体的底色是稳的。", "债券是主心骨，平时晃得不会太厉害。"],
        "calm_base.both": ["大头放在债券和货币基金上，整体的底色是稳的。", "债券加货币基金是主心骨，平时晃得不会太厉害。"],
        "spread": ["钱分得比较匀，没有哪一只说了算。", "分散做得不错，不会被某一只牵着走。"],
    ]

    private static let context: [String: [String]] = [
        "mix": [
            "钱主要放在{class}上，占{share}，其余分在{others}里。", "从结构看，{class}占了{share}，剩下的是{others}。",
            "~从结构看，{class}是大头，剩下的分在{others}里。",
        ],
        "mix.even": ["钱分得比较散，最多的是{class}，占{share}，其余是{others}。", "~钱分得比较散，最多的是{class}，其余是{others}。"],
        "mix.money": ["现在的钱全放在{class}上，是很省心的放法。", "从结构看，钱都在{class}里，随时拿得出来。"],
        "mix.unknown": [
            "最大的一块占{share}，是哪一类我没认出来，你告诉我，我好说得准一点。", "有{share}的钱我没认出是哪一类，你说一声，我好看得更准。", "~最大的一块是哪一类我没认出来，你告诉我，我好说得准一点。",
        ],
        "mix.unknown_one": ["它属于哪一类我没认出来，你告诉我，我好说得准一点。", "这是哪一类产品我没认出来，你说一声，我好看得更准。"],
        "item": ["{name}现在值{amount}。", "{name}这边是{amount}。"],
        "item.gain": ["{name}现在值{amount}，账面浮盈{pl}。", "{name}这边是{amount}，账面赚了{pl}。"],
        "item.loss": ["{name}现在值{amount}，账面浮亏{pl}，难免会惦记。", "{name}这边是{amount}，账面亏着{pl}，不好受吧。"],
        "remark.1": ["看账户这件事，看得懂比看得勤要紧。", "账户隔一阵看一次就好，天天看容易累。"],
        "remark.2": ["每一只当初为什么买，记下来，以后就不容易慌。", "买的时候写一句理由，回头看会很有用。"],
        "remark.3": ["先想清楚这笔钱什么时候要用，别的就好商量了。", "钱什么时候用，往往比买什么更要紧。"],
        "remark.4": ["盈亏都是账面上的事，睡得好、吃得香才是正经事。", "钱是拿来让日子更从容的，别让它反过来牵着你走。"],
        "remark.5": ["不懂的地方随便问，没有什么问题是笨问题。", "有拿不准的就先放一放，想明白了再动也不晚。"],
        "mix.one": ["现在的钱全放在{class}上，成绩好坏也都看它。", "从结构看，钱都集中在{class}这一类里。"],
        "nature.bond": ["债券平时走得慢，多数时候不闹腾，偶尔也会小跌一下。", "债券的脾气比较温和，慢慢走，偶尔也会退一小步。"],
        "nature.money": ["货币基金走得慢，图的就是省心，随时能用。", "货币基金不求跑得快，好处是省心、方便取用。"],
        "nature.equity": ["股票类的部分跟着市场走，涨得快，跌起来也快。", "股票类的部分性子急，涨跌都比较直接。"],
        "nature.gold": ["黄金和股票不总是一起动，能错开一点节奏，不过它自己也会晃。", "黄金有自己的节奏，放一点是个陪衬，但也别指望它一直安静。"],
        "nature.commodity": ["商品的价格起伏比较大，更适合当配角。", "商品这一类晃得厉害，放一点就够有存在感了。"],
        "nature.convertible": ["可转债介于股和债之间，脾气比普通债券急一点。", "可转债又像债又像股，比纯债要活泼些。"],
        "nature.real_estate": ["不动产这一类靠租金撑着，价格也会随市场起落。", "不动产类有租金打底，但价格一样会有起伏。"],
        "nature.fund_of_funds": ["基金组合里面本来就装着好几样，已经替你分散过一层。", "基金组合是把不同的基金装进一个篮子，省心一些。"],
        "nature.leveraged": ["杠杆产品会把涨跌都放大，拿着它心要放宽一些。", "带杠杆的部分涨跌都更刺激，占比小一点会更从容。"],
        "nature.bond+": ["它的好处是拉得住整个账户，坏处是别指望它跑得快。", "拿它求个踏实可以，指望它冲在前面就难为它了。", "这样的底子，最怕的是嫌它慢，半路换掉。"],
        "nature.money+": ["拿它放应急的钱正合适，长远的钱全放这里，可能会跑不赢花销。", "它适合放随时要用的钱，时间长的钱可以再想想别的去处。"],
        "nature.equity+": ["它带来的高兴和难受，常常是同一件事的两面。", "这样的钱要放得住，短期要用的就别混在里面。", "拿着它最要紧的是时间，天天盯着看反而容易心慌。"],
        "nature.gold+": ["它不生利息，涨跌全看行情，放多少看你想要它挡什么。", "它更像一份备用的伞，下雨时有用，晴天也占地方。"],
        "nature.commodity+": ["它不生利息，全靠价格的起落，拿着要有耐心。"],
        "nature.convertible+": ["股市热的时候它跟得上，冷的时候也会跟着凉。"],
        "nature.real_estate+": ["它更适合放得久的钱，短期的起落不必太在意。"],
        "nature.fund_of_funds+": ["好处是省心，只是里面有什么，可以抽空看一眼。"],
        "nature.leveraged+": ["方向对的时候开心，方向不对的时候也加倍难受。"],
        "mix.one+": ["放在一处的好处是简单，坏处是风往一边吹的时候没有别的来垫一垫。", "好懂是好懂，只是少了别的来互相照应。"],
        "region": ["市场上看，钱都在{region}这一边，冷暖会一起来。", "另外，钱都放在{region}市场，天气一变就是一起变。"],
        "steady": ["从历史净值看，年化波动大约{volatility}，走得算平稳。", "按历史净值算，年化波动在{volatility}上下，不算颠簸。"],
        "steady.medium": ["从历史净值看，年化波动大约{volatility}，有些起伏，但不算刺激。"],
    ]

    private static let concerns: [String: [String]] = [
        "mismatch.all": ["你的风险等级是{profile}，可现在的钱全放在超出这个等级的产品里，这一点值得先理一理。"],
        "mismatch+": ["等级只是个参考，要紧的是夜里睡不睡得着。", "这不是说不能拿，只是先知道自己站在哪里。"],
        "drift.over+": ["市场走着走着就会这样，很常见，不是你做错了什么。", "偏一点是常事，隔一阵看一眼、慢慢拨回来就好。"],
        "drift.under+": ["市场走着走着就会这样，很常见，不是你做错了什么。", "偏一点是常事，隔一阵看一眼、慢慢拨回来就好。"],
        "drawdown+": ["那是过去的事，不等于还会再来，但心里留个底总没错。", "提前知道有多深，真遇上时就不那么慌。"],
        "mismatch": [
            "你的风险等级是{profile}，可有{share}的钱放在超出这个等级的产品里，这一点值得先理一理。",
            "按你的{profile}等级看，有{share}的钱放得偏冒进了一些，跌的时候容易睡不好。",
        ],
        "band": [
            "{class}这一类占到{share}，超过了{limit}的参考上限，跌起来感受会比较明显。", "{class}的占比到了{share}，比{limit}的参考上限高，账户的冷暖主要看它。",
            "~{class}这一类放得偏多，超过了{limit}的参考上限。",
        ],
        "drift.over": ["{name}比你自己定的目标多了{drift}，慢慢偏离了当初的打算。", "{name}现在超出你的目标{drift}，分量有点重了。"],
        "drift.under": ["{name}比你自己定的目标少了{drift}，离当初的打算有点远。", "{name}现在比你的目标低了{drift}，分量偏轻了。"],
        "worst": ["拖后腿的是{name}，账面亏着{pl}，不算多。", "眼下最不争气的是{name}，浮亏{pl}，也别太往心里去。"],
        "worst.deep": [
            "拖后腿的主要是{name}，浮亏{pl}，看着揪心很正常。", "{name}亏得最多，账面少了{pl}，亏了{rate}，难受是应该的。",
            "最让人难受的是{name}，浮亏{pl}，这种时候谁都会犯嘀咕。",
        ],
        "scenario": [
            "做个假设，{class}跌{shock}，其他的也各自回落一些，账户大约会少{loss}，也就是{share}。",
            "要是遇上{class}跌{shock}，其他的也跟着回落，账户大约少{loss}，占{share}，先问问自己受不受得了。",
            "~做个假设，{class}跌{shock}，其他的也跟着回落，账户大约会少{loss}。",
        ],
        "scenario.only": [
            "做个假设，{class}跌{shock}，账户大约会少{loss}，也就是{share}。", "要是遇上{class}跌{shock}，账户大约少{loss}，占{share}，先问问自己受不受得了。",
            "~做个假设，{class}跌{shock}，账户大约会少{loss}。",
        ],
        "scenario.none+": ["不过再稳的产品也有慢下来的时候，心里有数就好。", "安静归安静，也别把它当成永远不动的。"],
        "scenario.none": ["按我用的下跌情景来量，账户基本不受影响。", "我用下跌的情景量了一遍，账户几乎不动。"],
        "scenario+": ["这只是个假设，不是预测，是想量一量你扛得住多少。", "这个数不是预测，只是帮你提前感受一下。"],
        "scenario.only+": ["这只是个假设，不是预测，是想量一量你扛得住多少。", "这个数不是预测，只是帮你提前感受一下。"],
        "drawdown": [
            "历史上最深的一次回撤有{drawdown}，换成现在的钱就是{amount}，先问问自己扛不扛得住。",
            "翻翻过去的净值，最深的一次跌了{drawdown}，按现在的金额是{amount}，这个疼要心里有数。",
            "~翻翻过去的净值，最深的一次从高处退了{drawdown}。",
        ],
        "current_drawdown": ["现在离之前的高点还差{drawdown}，还没完全缓过来。", "和之前的高点比，眼下还低{drawdown}，等待的滋味不好受。"],
        "volatility": ["从历史净值看，年化波动大约{volatility}，起伏不小，心要放宽一点。", "年化波动在{volatility}上下，坐起来像有点颠的车。"],
        "benchmark_behind": ["和{name}比，同期落后了{excess}，心里有落差可以理解。", "同期比{name}少了{excess}，有点遗憾，但一段时间说明不了全部。"],
        "single": [
            "{name}一只就占了{share}，它要是跌{shock}，账户就会少{loss}，冷暖都系在它身上。",
            "我比较在意集中度，{name}占到{share}，按跌{shock}来量就是{loss}，份量有点重。",
            "~{name}一只的份量有点重，账户的冷暖主要系在它身上。",
        ],
        "single.calm": [
            "{name}一只占了{share}，好在它性子温和，影响不会太剧烈。", "{name}的份量最重，占{share}，好在它平时不怎么闹腾。",
            "~{name}一只的份量比较重，好在它性子温和。",
        ],
        "driver": ["{name}只占{share}，却带来了{part}的波动，账户的脾气多半随它。", "论动静，{name}最大，{share}的钱带来{part}的起伏。"],
        "overlap": ["{first}和{second}走得很像，看着分开放，涨跌其实常常一起来。", "{first}和{second}几乎同进同退，分散的效果要打个折。"],
        "effective": ["看着有{count}只，分散的效果其实只相当于{effective}只。"],
        "day_loss": ["最近一天少了{pl}，一天的起落不必太放在心上。", "最近一天是跌的，少了{pl}，放宽心看长一点。"],
    ]
}
